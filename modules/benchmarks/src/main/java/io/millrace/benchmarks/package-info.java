/**
 * Numbers, measured from outside: a real node in its own JVM, real HTTP, a real disk.
 * Invariant: what is compared is measured side by side in one run, and every line prints bound, measured value and
 * verdict. Run by {@code scripts/bench}; nothing in the product depends on it.
 */
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
