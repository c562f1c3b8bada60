/** Tests of limits of commands. */
@NullMarked
package io.millrace.host.limits;

import org.jspecify.annotations.NullMarked;
