/**
 * What the scripts do over HTTP, for machines that have neither curl nor jq.
 * Invariant: uses the public HTTP contract and nothing else of Millrace but its JSON library. Run by
 * {@code scripts/quickstart}, {@code scripts/cluster status} and the build of the distribution.
 */
@NullMarked
package io.millrace.node.quickstart;

import org.jspecify.annotations.NullMarked;
