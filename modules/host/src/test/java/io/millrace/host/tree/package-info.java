/** Trees of real processes that try to get away. */
@NullMarked
package io.millrace.host.tree;

import org.jspecify.annotations.NullMarked;
