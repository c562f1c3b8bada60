package io.millrace.contracts.cleanup;

/**
 * Answer to the wish to take a cleanup back (contract row C-10).
 *
 * @param rolledBack true if everything is as it was before
 * @param reason why not, empty if it is
 */
public record RollbackResult(boolean rolledBack, String reason) {}
