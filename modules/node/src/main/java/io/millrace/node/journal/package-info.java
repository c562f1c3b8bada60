/**
 * The journal on PostgreSQL: what the persistence plugin does not do by itself.
 * Invariant: a channel's rows succeed or fail by themselves, whatever the rows they share a transaction with. Used by
 * the persistence plugin through configuration, and by the node's wiring.
 */
@NullMarked
package io.millrace.node.journal;

import org.jspecify.annotations.NullMarked;
