package io.millrace.channel.handler.builtin;

import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.handler.JobHandler;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Adds numbers up: {@code {"numbers":[1,2]}} gives {@code {"sum":3}}. Whole numbers stay whole, and none is rounded. */
public final class SumHandler implements JobHandler {
    private static final String EXPECTED = "{\"numbers\":[1,2]}";

    @Override
    public String name() {
        return "sum";
    }

    @Override
    public String description() {
        return "Adds numbers up: " + EXPECTED + " gives {\"sum\":3}.";
    }

    @Override
    public Object run(JobContext context) {
        if (!(Input.field(context, "numbers") instanceof List<?> numbers)) {
            throw Input.invalid(name(), "numbers", EXPECTED);
        }
        var sum = BigDecimal.ZERO;
        for (var number : numbers) {
            if (!(number instanceof Number)) {
                throw Input.invalid(name(), "numbers", EXPECTED);
            }
            sum = sum.add(new BigDecimal(number.toString()));
        }
        return Map.of("sum", plain(sum));
    }

    private static Number plain(BigDecimal sum) {
        var shortest = sum.stripTrailingZeros();
        boolean isLong = shortest.scale() <= 0 && shortest.precision() - shortest.scale() <= 18;
        return isLong ? shortest.longValueExact() : sum;
    }
}
