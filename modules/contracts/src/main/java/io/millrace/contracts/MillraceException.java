package io.millrace.contracts;

/**
 * Carries a {@link Problem} through code that answers by return value or by completion stage. It has no stack trace:
 * it reports an expected outcome, and the problem says which.
 */
public final class MillraceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public MillraceException(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
