package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What was measured, as a table for people and as JSON for machines. */
final class Report {
    private final PrintStream out;
    private final List<Map<String, Object>> lines = new ArrayList<>();
    private boolean isMet = true;

    Report(PrintStream out) {
        this.out = out;
        print("measure", "unit", "bound", "measured", "verdict", "");
    }

    /** A value that should be at least the bound. */
    void atLeast(String name, String unit, double bound, double measured, String detail) {
        add(name, unit, "≥ " + number(bound), bound, measured, measured >= bound, detail);
    }

    /** A value that should be at most the bound. */
    void atMost(String name, String unit, double bound, double measured, String detail) {
        add(name, unit, "≤ " + number(bound), bound, measured, measured <= bound, detail);
    }

    /** A value measured beside the others to compare with; it has no bound. */
    void baseline(String name, String unit, double measured, String detail) {
        print(name, unit, "-", number(measured), "baseline", detail);
        lines.add(line(name, unit, measured, detail));
    }

    /** True while no bound was missed. */
    boolean isMet() {
        return isMet;
    }

    void writeJson(Path file, Map<String, String> machine) throws IOException {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("machine", machine);
        document.put("results", lines);
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), document);
    }

    private void add(
            String name, String unit, String shown, double bound, double measured, boolean isWithin, String detail) {
        isMet &= isWithin;
        print(name, unit, shown, number(measured), isWithin ? "met" : "NOT MET", detail);
        Map<String, Object> line = line(name, unit, measured, detail);
        line.put("bound", bound);
        line.put("met", isWithin);
        lines.add(line);
    }

    private static Map<String, Object> line(String name, String unit, double measured, String detail) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("name", name);
        line.put("unit", unit);
        line.put("measured", measured);
        line.put("detail", detail);
        return line;
    }

    private void print(String name, String unit, String bound, String measured, String verdict, String detail) {
        out.printf("%-46s %-8s %12s %12s  %-8s %s%n", name, unit, bound, measured, verdict, detail);
    }

    static String number(double value) {
        return value >= 100 ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.2f", value);
    }
}
