/** Frames that are whole, damaged, or none at all. */
@NullMarked
package io.millrace.host.protocol;

import org.jspecify.annotations.NullMarked;
