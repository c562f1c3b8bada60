package io.millrace.testkit.architecture;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.millrace.contracts.Proves;
import io.millrace.testkit.project.ProjectTree;
import io.millrace.testkit.project.ProjectTree.Module;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the tests of the project are written with. */
class TestToolsTest {
    private static final JavaClasses TESTS = new ClassFileImporter()
            .importPaths(ProjectTree.modules().stream()
                    .map(Module::testClasses)
                    .filter(Files::isDirectory)
                    .toArray(Path[]::new));

    @Test
    @Proves("D-06")
    void testsAreWrittenWithJUnit5Alone() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.junit", "org.junit.runner..", "junit..", "org.testng..")
                .check(TESTS);
    }

    @Test
    @Proves("D-07")
    void actorsAreTestedWithPekkoTestKit() {
        assertThat(TESTS.stream().filter(test -> test.getPackageName().startsWith("io.millrace.channel")))
                .anyMatch(test -> test.getDirectDependenciesFromSelf().stream()
                        .map(dependency -> dependency.getTargetClass().getPackageName())
                        .anyMatch(name -> name.startsWith("org.apache.pekko.actor.testkit.typed")));
    }

    /** A pause is either too short on a busy machine or too long on a fast one; a test waits for what it needs. */
    @Test
    void noTestSleeps() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ForbiddenSamples.class.getName())
                .should()
                .callMethodWhere(target(nameMatching("sleep"))
                        .and(target(owner(equivalentTo(Thread.class).or(equivalentTo(TimeUnit.class))))))
                .check(TESTS);
    }
}
