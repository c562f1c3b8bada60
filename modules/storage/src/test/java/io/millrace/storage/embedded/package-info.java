/** Tests of the package. */
@NullMarked
package io.millrace.storage.embedded;

import org.jspecify.annotations.NullMarked;
