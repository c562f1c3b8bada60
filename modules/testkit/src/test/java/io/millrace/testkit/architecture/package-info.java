/**
 * Rules about the shape of the whole product, checked on its compiled classes, sources and documents: which module and
 * package may know which, that nothing blocks, that nothing mutable is shared, that public types are documented.
 * A rule names the exceptions it makes with a reason for each, and an exception that is no longer needed fails it.
 */
@NullMarked
package io.millrace.testkit.architecture;

import org.jspecify.annotations.NullMarked;
