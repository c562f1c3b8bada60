/** Tests of the package. */
@NullMarked
package io.millrace.storage.readmodel;

import org.jspecify.annotations.NullMarked;
