package io.millrace.testkit.registry;

import java.io.IOException;
import java.io.StringReader;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * Finds the ways around the tests: settings of a Maven build file, words of a command line and marks of a test class that
 * leave tests out, try them again until they pass, or go on when they have failed.
 */
final class ReleaseGate {
    /** Settings that leave tests out, or forgive them, wherever they stand in a build file. */
    private static final Set<String> SETTINGS = Set.of(
            "skipTests",
            "skipITs",
            "maven.test.skip",
            "maven.test.skip.exec",
            "maven.test.failure.ignore",
            "testFailureIgnore",
            "surefire.excludesFile",
            "failsafe.excludesFile",
            "excludesFile",
            "excludedGroups",
            "groups",
            "rerunFailingTestsCount",
            "surefire.rerunFailingTestsCount",
            "failsafe.rerunFailingTestsCount");

    /** Settings that do so only where tests are run. */
    private static final Set<String> SETTINGS_OF_TEST_PLUGINS = Set.of("skip", "excludes", "includes", "test");

    private static final Set<String> TEST_PLUGINS = Set.of("maven-surefire-plugin", "maven-failsafe-plugin");

    /** The one selection there has to be: the registry runs on its own, after all other tests. */
    private static final String REGISTRY = ContractRegistryCheck.class.getSimpleName();

    private static final Pattern WAY_AROUND =
            Pattern.compile("-D(skip|maven\\.test|test=|it\\.test|groups|excludedGroups"
                    + "|(surefire|failsafe)\\.)\\S*|(?<!\\S)(-fn|--fail-never|-fae|-pl|--projects|-rf|-P\\S*)(?!\\S)"
                    + "|\\|\\|.*|set \\+e.*");

    private static final String SWITCHED_OFF = "Lorg/junit/jupiter/api/Disabled;";
    private static final String CONDITIONS = "Lorg/junit/jupiter/api/condition/";

    private ReleaseGate() {}

    /** What a Maven build file says that lets untested code through. */
    static List<String> waysAroundIn(Document buildFile) {
        List<String> found = new ArrayList<>();
        NodeList elements = buildFile.getElementsByTagName("*");
        for (int i = 0; i < elements.getLength(); i++) {
            var element = (Element) elements.item(i);
            String name = element.getTagName();
            String value = element.getTextContent().strip();
            boolean isRegistry = name.equals("test") && value.equals(REGISTRY);
            if (SETTINGS.contains(name)
                    || SETTINGS_OF_TEST_PLUGINS.contains(name) && isInTestPlugin(element) && !isRegistry) {
                found.add(name + " " + value);
            }
        }
        return found;
    }

    /** What a script says that lets untested code through; its comments do not count. */
    static List<String> waysAroundIn(String script) {
        return script.lines()
                .filter(line -> !line.strip().startsWith("#"))
                .flatMap(line -> WAY_AROUND.matcher(line).results())
                .map(match -> match.group().strip())
                .toList();
    }

    /** Marks that keep a test class, or a test in it, from being run everywhere. */
    static List<String> waysAroundIn(ClassModel testClass) {
        String name = testClass.thisClass().asInternalName().replace('/', '.');
        return Stream.concat(
                        marks(testClass).map(mark -> name + " " + mark),
                        testClass.methods().stream()
                                .flatMap(method ->
                                        marks(method).map(mark -> name + "." + method.methodName() + " " + mark)))
                .toList();
    }

    private static Stream<String> marks(AttributedElement element) {
        return element.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                .flatMap(attribute -> attribute.annotations().stream())
                .map(annotation -> annotation.className().stringValue())
                .filter(mark -> mark.equals(SWITCHED_OFF) || mark.startsWith(CONDITIONS));
    }

    private static boolean isInTestPlugin(Element element) {
        for (Node at = element.getParentNode(); at instanceof Element parent; at = at.getParentNode()) {
            if (parent.getTagName().equals("plugin")) {
                return TEST_PLUGINS.contains(textOf(parent, "artifactId"));
            }
        }
        return false;
    }

    /** Text of the first element of a name below another, empty if there is none. */
    static String textOf(Element parent, String name) {
        Node first = parent.getElementsByTagName(name).item(0);
        return first == null ? "" : first.getTextContent().strip();
    }

    static Document parse(String buildFile) throws IOException {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(buildFile)));
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e);
        } catch (SAXException e) {
            throw new IOException("not a build file", e);
        }
    }
}
