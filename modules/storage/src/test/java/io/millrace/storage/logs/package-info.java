/** Tests of the package. */
@NullMarked
package io.millrace.storage.logs;

import org.jspecify.annotations.NullMarked;
