/**
 * Lines of output as their reader sees them.
 * Invariant: a cursor names one line of one channel for ever. Written by the log store, read by the edge.
 */
@NullMarked
package io.millrace.contracts.log;

import org.jspecify.annotations.NullMarked;
