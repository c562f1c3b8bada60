/**
 * The vocabulary every module shares: identifiers, errors, pages and the markers that state a contract.
 * Invariant: immutable values only, no dependency but JSpecify, so that a handler jar compiles against this
 * module alone. Called by everything.
 */
@NullMarked
package io.millrace.contracts;

import org.jspecify.annotations.NullMarked;
