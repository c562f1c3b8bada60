/**
 * Finds the parts of this project on disk: its modules, their compiled classes and their test reports.
 * Called by the tests that judge the project as a whole; it reads and never writes.
 */
@NullMarked
package io.millrace.testkit.project;

import org.jspecify.annotations.NullMarked;
