/** Tests of the package. */
@NullMarked
package io.millrace.storage.database;

import org.jspecify.annotations.NullMarked;
