/**
 * What a node is told, as checked values.
 * Invariant: these records are the only readers of the configuration; ranges are checked when they are built, so a bad
 * value ends the start with its key, its value and what is allowed. Read by the node's wiring.
 */
@NullMarked
package io.millrace.node.config;

import org.jspecify.annotations.NullMarked;
