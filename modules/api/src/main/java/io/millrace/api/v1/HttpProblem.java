package io.millrace.api.v1;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import java.util.List;
import java.util.Map;

/**
 * A problem together with the status it is answered with.
 *
 * <p>The status follows from the code, except where HTTP has a more exact one: a request whose values are wrong is
 * answered with 422, one that cannot be understood at all (no JSON, an unknown field, a wrong type) with 400, although
 * both name the fields.
 *
 * @param status HTTP status
 * @param problem what is shown
 */
public record HttpProblem(int status, Problem problem) {
    private static final String COMPONENT = "HttpApi";
    private static final int UNPROCESSABLE = 422;

    /** The problem with the status of its code, and 422 if it lists violations. */
    public static HttpProblem of(Problem problem) {
        boolean isUnprocessable = problem.code() == ErrorCode.INVALID_ARGUMENT
                && !problem.violations().isEmpty();
        return new HttpProblem(isUnprocessable ? UNPROCESSABLE : problem.code().httpStatus(), problem);
    }

    /** A request that cannot be understood: status 400. */
    public static HttpProblem malformed(String detail) {
        return new HttpProblem(400, invalid(detail, List.of()));
    }

    /** A request that cannot be understood because of one field: status 400, naming the field. */
    public static HttpProblem malformed(String field, String message) {
        return new HttpProblem(
                400, invalid("The field '" + field + "' " + message + ".", List.of(new Violation(field, message))));
    }

    /** A request that can be understood and whose values are wrong: status 422, naming every field. */
    public static HttpProblem invalid(List<Violation> violations) {
        Violation first = violations.getFirst();
        String more = switch (violations.size()) {
            case 1 -> "";
            case 2 -> " One more violation is listed.";
            default -> " " + (violations.size() - 1) + " more violations are listed.";
        };
        return new HttpProblem(
                UNPROCESSABLE,
                invalid("The field '" + first.field() + "' " + first.message() + "." + more, violations));
    }

    /** A request that HTTP has a status of its own for, such as 405 or 413. */
    public static HttpProblem refused(int status, ErrorCode code, String detail, Map<String, Object> context) {
        return new HttpProblem(status, Problem.of(code, COMPONENT, detail, context));
    }

    /** This problem as something to throw. */
    public HttpProblemException asException() {
        return new HttpProblemException(this);
    }

    private static Problem invalid(String detail, List<Violation> violations) {
        return Problem.invalid(COMPONENT, detail, violations);
    }
}
