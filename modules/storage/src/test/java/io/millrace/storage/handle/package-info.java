/** Tests of the package. */
@NullMarked
package io.millrace.storage.handle;

import org.jspecify.annotations.NullMarked;
