/**
 * A node: command line, configuration, wiring, shutdown.
 * Invariant: every failure to start is one clear message and exit status 1; a requested stop is exit status 0.
 * {@link io.millrace.node.Main} is the entry point, {@link io.millrace.node.Node} the thing itself.
 */
@NullMarked
package io.millrace.node;

import org.jspecify.annotations.NullMarked;
