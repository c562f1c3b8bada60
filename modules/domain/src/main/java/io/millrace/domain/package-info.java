/**
 * What all decisions share: the named limits.
 * Invariant: no clock, no randomness, no input or output anywhere in this module; time and ids come in as arguments.
 */
@NullMarked
package io.millrace.domain;

import org.jspecify.annotations.NullMarked;
