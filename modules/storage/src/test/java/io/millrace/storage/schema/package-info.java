/** Tests of the package. */
@NullMarked
package io.millrace.storage.schema;

import org.jspecify.annotations.NullMarked;
