/**
 * What a user submits and what a user sees of it: job specifications, states and views.
 * Invariant: a specification is checked when it is built, so that nothing invalid is ever stored. Written by the
 * edge, read by the channel and its workers.
 */
@NullMarked
package io.millrace.contracts.job;

import org.jspecify.annotations.NullMarked;
