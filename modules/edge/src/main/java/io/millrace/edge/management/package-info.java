/**
 * The management endpoint: probes, metrics, cluster membership, what runs where, and incidents.
 * Invariant: but for incidents it only reads. Every list is bounded and paged, names the node of each item and the nodes that did not
 * answer; no secret value appears in any reply. Started by the node, which reports about itself through
 * {@link io.millrace.edge.management.NodeReport}.
 */
@NullMarked
package io.millrace.edge.management;

import org.jspecify.annotations.NullMarked;
