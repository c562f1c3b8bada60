/** What commands of one channel can do to the node and to others. */
@NullMarked
package io.millrace.host.sandbox;

import org.jspecify.annotations.NullMarked;
