package io.millrace.api.v1;

/** Carries an {@link HttpProblem} out of the reading of a request. It has no stack trace: it reports an expected outcome. */
public final class HttpProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient HttpProblem problem;

    HttpProblemException(HttpProblem problem) {
        super(problem.problem().detail(), null, false, false);
        this.problem = problem;
    }

    /** What the request is answered with. */
    public HttpProblem problem() {
        return problem;
    }
}
