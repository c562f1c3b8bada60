package io.millrace.testkit.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.testkit.project.ProjectTree;
import io.millrace.testkit.project.ProjectTree.Module;
import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.RuntimeVisibleAnnotationsAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

/**
 * Nothing is released that has not passed every test. Maven deploys after it has verified; what is left to show is that
 * verifying runs all tests, stops at a failed one, and looks at the contracts last.
 */
class ReleaseGateTest {
    private static final Path ROOT_BUILD_FILE = ProjectTree.path("pom.xml");
    private static final Path GATE = ProjectTree.path(".ci/run");

    @Test
    @Proves({"G-70", "G-92"})
    void noBuildFileLeavesTestsOutOrForgivesThem() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path buildFile : buildFiles().toList()) {
            found.addAll(ReleaseGate.waysAroundIn(ReleaseGate.parse(Files.readString(buildFile))));
        }

        // Maven reads options from here as if they stood on its command line.
        for (Path options : ProjectTree.files(ProjectTree.path(".mvn"), ".config")) {
            found.addAll(ReleaseGate.waysAroundIn(Files.readString(options)));
        }

        assertThat(found).isEmpty();
    }

    @Test
    @Proves({"G-70", "G-92"})
    void theGateIsOneCommandThatVerifiesEverythingAndEndsAtTheFirstFailure() throws IOException {
        String script = Files.readString(GATE);

        assertThat(GATE).isExecutable();
        assertThat(script.lines()).contains("set -euo pipefail");
        assertThat(script.lines().filter(line -> line.contains("mvn ")))
                .singleElement()
                .asString()
                .startsWith("mvn ")
                .endsWith(" verify");
        assertThat(ReleaseGate.waysAroundIn(script)).isEmpty();
    }

    @Test
    @Proves({"G-70", "G-92"})
    void everyModuleIsVerifiedAndTheContractsAreCheckedAfterAllTests() throws IOException {
        var root = ReleaseGate.parse(Files.readString(ROOT_BUILD_FILE)).getDocumentElement();
        var testkit = ReleaseGate.parse(Files.readString(
                        ProjectTree.module("testkit").directory().resolve("pom.xml")))
                .getDocumentElement();

        assertThat(texts(root, "module"))
                .containsExactlyInAnyOrderElementsOf(ProjectTree.modules().stream()
                        .map(module -> "modules/" + module.name())
                        .toList())
                .last()
                .isEqualTo("modules/testkit");
        assertThat(executions(root, "maven-failsafe-plugin"))
                .as("integration tests are run, and their failures are looked at")
                .anyMatch(execution -> texts(execution, "goal").containsAll(List.of("integration-test", "verify")));
        assertThat(executions(testkit, "maven-failsafe-plugin"))
                .as("the registry is checked after the integration tests, and before their failures are looked at")
                .singleElement()
                .satisfies(execution -> {
                    assertThat(texts(execution, "test")).containsExactly("ContractRegistryCheck");
                    assertThat(texts(execution, "phase")).containsExactly("post-integration-test");
                });
    }

    /** What ran and passed is the registry's business; here it is that the build picks these classes up. */
    @Test
    @Proves("G-70")
    void theTestsOfConcurrencyAreAmongThoseTheBuildRuns() throws IOException {
        Set<String> rows = ContractList.read(ProjectTree.path("modules/contracts.md")).rows().values().stream()
                .filter(row -> row.check().contains("X"))
                .map(ContractList.Row::id)
                .collect(Collectors.toSet());

        Set<String> classes = Claims.of(ProjectTree.modules()).stream()
                .filter(claim -> claim.origin() == Claim.Origin.TEST)
                .filter(claim -> rows.contains(claim.row()))
                .map(claim -> claim.className().substring(claim.className().lastIndexOf('.') + 1))
                .collect(Collectors.toSet());

        assertThat(classes)
                .contains("CreatedThreadTest", "LockManagerStressTest", "LockLinearizabilityTest")
                .allMatch(name -> name.endsWith("Test") || name.endsWith("IT"));
    }

    @Test
    @Proves({"G-70", "G-92"})
    void noTestIsSwitchedOff() throws IOException {
        List<String> found = new ArrayList<>();
        for (Module module : ProjectTree.modules()) {
            for (Path file : ProjectTree.files(module.testClasses(), ".class")) {
                found.addAll(ReleaseGate.waysAroundIn(ClassFile.of().parse(file)));
            }
        }

        assertThat(found).isEmpty();
    }

    // What is planted is found

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<properties><skipTests>true</skipTests>",
                "<properties><maven.test.skip>true</maven.test.skip>",
                "<properties><maven.test.failure.ignore>true</maven.test.failure.ignore>",
                "<properties><surefire.rerunFailingTestsCount>2</surefire.rerunFailingTestsCount>"
            })
    void aPlantedPropertyIsFound(String planted) throws IOException {
        String buildFile = Files.readString(ROOT_BUILD_FILE).replaceFirst("<properties>", planted);

        assertThat(ReleaseGate.waysAroundIn(ReleaseGate.parse(buildFile))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<skip>true</skip>",
                "<skipTests>true</skipTests>",
                "<testFailureIgnore>true</testFailureIgnore>",
                "<excludedGroups>slow</excludedGroups>",
                "<excludes><exclude>**/*StressTest.java</exclude></excludes>",
                "<test>NodeStartIT</test>"
            })
    void aPlantedSettingOfATestPluginIsFound(String planted) throws IOException {
        String buildFile =
                Files.readString(ROOT_BUILD_FILE).replaceFirst("<useModulePath>", planted + "<useModulePath>");

        assertThat(ReleaseGate.waysAroundIn(ReleaseGate.parse(buildFile))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mvn -DskipTests verify",
                "mvn -Dmaven.test.skip=true verify",
                "mvn -Dtest=FastTest verify",
                "mvn -Dsurefire.failIfNoSpecifiedTests=false verify",
                "mvn -fn verify",
                "mvn -pl modules/domain verify",
                "mvn verify || true",
                "set +e"
            })
    void aPlantedWordOfACommandIsFound(String planted) throws IOException {
        assertThat(ReleaseGate.waysAroundIn(Files.readString(GATE) + planted + "\n"))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"org.junit.jupiter.api.Disabled", "org.junit.jupiter.api.condition.EnabledOnOs"})
    void aPlantedMarkOfATestIsFound(String mark) {
        byte[] testClass = ClassFile.of()
                .build(
                        ClassDesc.of("a.SlotsTest"),
                        type -> type.withMethod(
                                "works",
                                ConstantDescs.MTD_void,
                                ClassFile.ACC_PUBLIC,
                                method -> method.with(RuntimeVisibleAnnotationsAttribute.of(
                                                Annotation.of(ClassDesc.of(mark))))
                                        .withCode(code -> code.return_())));

        assertThat(ReleaseGate.waysAroundIn(ClassFile.of().parse(testClass)))
                .singleElement()
                .asString()
                .contains("a.SlotsTest.works");
    }

    private static Stream<Path> buildFiles() {
        return Stream.concat(
                Stream.of(ROOT_BUILD_FILE),
                ProjectTree.modules().stream().map(module -> module.directory().resolve("pom.xml")));
    }

    private static List<Element> executions(Element buildFile, String plugin) {
        return elements(buildFile, "plugin")
                .filter(element -> ReleaseGate.textOf(element, "artifactId").equals(plugin))
                .flatMap(element -> elements(element, "execution"))
                .toList();
    }

    private static List<String> texts(Element parent, String name) {
        return elements(parent, name)
                .map(element -> element.getTextContent().strip())
                .toList();
    }

    private static Stream<Element> elements(Element parent, String name) {
        var nodes = parent.getElementsByTagName(name);
        return IntStream.range(0, nodes.getLength()).mapToObj(nodes::item).map(Element.class::cast);
    }
}
