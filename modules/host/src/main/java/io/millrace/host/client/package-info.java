/**
 * The process host as the node sees it: finds the companion of its data directory or starts one, talks to it, and replaces
 * it when it dies or answers no more.
 * Invariant: before anybody hears that the companion is gone, everything it had started is killed. Used by the node.
 */
@NullMarked
package io.millrace.host.client;

import org.jspecify.annotations.NullMarked;
