/** Tests of the journal on a real PostgreSQL. */
package io.millrace.node.journal;
