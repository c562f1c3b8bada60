/**
 * Output as it is kept: lines in blocks.
 * Invariant: the lines of a block have consecutive cursors, and blocks of a channel never overlap. Written by the log
 * store, kept by storage.
 */
@NullMarked
package io.millrace.domain.log;

import org.jspecify.annotations.NullMarked;
