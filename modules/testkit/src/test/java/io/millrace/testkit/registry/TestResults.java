package io.millrace.testkit.registry;

import io.millrace.testkit.project.ProjectTree;
import io.millrace.testkit.project.ProjectTree.Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * What became of every test, read from the XML reports of the unit and integration tests.
 *
 * @param modules modules that have reports
 */
record TestResults(Set<String> modules, List<Case> cases) {
    /** A parameterised test is reported as {@code name(int)[2]}, {@code name{int}[2]} or {@code name[2]}. */
    private static final Pattern AFTER_METHOD_NAME = Pattern.compile("[({\\[ ].*", Pattern.DOTALL);

    /** How the tests of one claim ended. */
    enum Outcome {
        FAILED,
        NOT_RUN,
        SKIPPED,
        PASSED
    }

    /** One test, or one invocation of a parameterised test. */
    record Case(String className, String method, Outcome outcome, Instant reported) {}

    static TestResults of(Collection<Module> modules) throws IOException {
        Set<String> reporting = new TreeSet<>();
        List<Case> cases = new ArrayList<>();
        for (Module module : modules) {
            for (Path directory : module.reports()) {
                for (Path file : ProjectTree.files(directory, ".xml")) {
                    if (file.getFileName().toString().startsWith("TEST-")) {
                        reporting.add(module.name());
                        cases.addAll(read(file));
                    }
                }
            }
        }
        return new TestResults(Set.copyOf(reporting), List.copyOf(cases));
    }

    /** The outcome of all tests a claim stands for together: failed if one failed, passed if at least one passed. */
    Outcome of(Claim claim) {
        Set<Outcome> outcomes = new TreeSet<>();
        for (Case testCase : cases) {
            if (isMeant(testCase, claim) && !testCase.reported().isBefore(claim.compiled())) {
                outcomes.add(testCase.outcome());
            }
        }
        if (outcomes.isEmpty()) {
            return Outcome.NOT_RUN;
        }
        if (outcomes.contains(Outcome.FAILED)) {
            return Outcome.FAILED;
        }
        return outcomes.contains(Outcome.PASSED) ? Outcome.PASSED : Outcome.SKIPPED;
    }

    private static boolean isMeant(Case testCase, Claim claim) {
        if (claim.method() == null) {
            return testCase.className().equals(claim.className())
                    || testCase.className().startsWith(claim.className() + "$");
        }
        return testCase.className().equals(claim.className())
                && testCase.method().equals(claim.method());
    }

    private static List<Case> read(Path file) throws IOException {
        Instant reported = Files.getLastModifiedTime(file).toInstant();
        NodeList elements;
        try {
            elements = parser().parse(file.toFile()).getElementsByTagName("testcase");
        } catch (SAXException e) {
            throw new IOException("not a test report: " + file, e);
        }
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < elements.getLength(); i++) {
            var element = (Element) elements.item(i);
            String method =
                    AFTER_METHOD_NAME.matcher(element.getAttribute("name")).replaceFirst("");
            cases.add(new Case(element.getAttribute("classname"), method, outcome(element), reported));
        }
        return cases;
    }

    private static Outcome outcome(Element testcase) {
        if (has(testcase, "failure") || has(testcase, "error")) {
            return Outcome.FAILED;
        }
        return has(testcase, "skipped") ? Outcome.SKIPPED : Outcome.PASSED;
    }

    private static boolean has(Element testcase, String child) {
        return testcase.getElementsByTagName(child).getLength() > 0;
    }

    private static DocumentBuilder parser() {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            return factory.newDocumentBuilder();
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }
}
