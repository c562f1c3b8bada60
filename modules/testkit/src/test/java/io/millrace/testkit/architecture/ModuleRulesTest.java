package io.millrace.testkit.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.lang.ArchRule;
import io.millrace.contracts.Proves;
import io.millrace.testkit.project.ProjectTree;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What each module may know. The POMs hold the same arrows between artifacts; here they hold for every class, so that
 * something that arrives on the class path by way of another library is not used by accident.
 */
class ModuleRulesTest {
    private static final String[] JDBC = {
        "java.sql..",
        "javax.sql..",
        "org.postgresql..",
        "com.zaxxer..",
        "slick..",
        "org.flywaydb..",
        "org.apache.pekko.persistence.jdbc.."
    };
    private static final String[] HTTP = {
        "org.apache.pekko.http..", "org.apache.pekko.management..", "java.net.http..", "com.sun.net.httpserver.."
    };

    private static final Set<String> RANDOM_TYPES = Set.of(
            "java.util.Random",
            "java.util.SplittableRandom",
            "java.util.concurrent.ThreadLocalRandom",
            "java.security.SecureRandom");

    @ParameterizedTest
    @FieldSource("io.millrace.testkit.architecture.ProductClasses#MODULES")
    void aModuleKeepsItsClassesBelowThePackageOfItsName(String module) {
        Path classes = ProjectTree.module(module).classes();

        assertThat(ProjectTree.files(classes, ".class"))
                .isNotEmpty()
                .allMatch(file -> classes.relativize(file).startsWith(Path.of("io", "millrace", module)));
    }

    @Test
    @Proves("D-10")
    void modulesDoNotDependOnEachOtherInACircle() {
        check(slices().matching("io.millrace.(*)..").should().beFreeOfCycles());
    }

    @Test
    void contractsKnowOnlyTheLanguage() {
        check(classes()
                .that()
                .resideInAPackage("io.millrace.contracts..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.millrace.contracts..", "java..", "org.jspecify.."));
    }

    @Test
    void domainKnowsOnlyContractsAndTheLanguage() {
        check(classes()
                .that()
                .resideInAPackage("io.millrace.domain..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.millrace.domain..", "io.millrace.contracts..", "java..", "org.jspecify.."));
    }

    @Test
    void domainDoesNoInputOrOutput() {
        check(noClasses()
                .that()
                .resideInAPackage("io.millrace.domain..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.net..", "java.sql..", "java.io.."));
    }

    @Test
    void domainIsToldTheTimeAndReadsNoClock() {
        check(noClasses()
                .that()
                .resideInAPackage("io.millrace.domain..")
                .should()
                .accessTargetWhere(call("reads a clock", access -> switch (access.getTargetOwner()
                        .getName()) {
                    case "java.lang.System" ->
                        access.getName().equals("currentTimeMillis")
                                || access.getName().equals("nanoTime");
                    case "java.time.Clock" -> access.getName().startsWith("system");
                    default ->
                        access.getTargetOwner().getPackageName().equals("java.time")
                                && access.getName().equals("now");
                })));
    }

    @Test
    void domainLeavesNothingToChance() {
        check(noClasses()
                .that()
                .resideInAPackage("io.millrace.domain..")
                .should()
                .accessTargetWhere(call(
                        "draws a random value",
                        access -> RANDOM_TYPES.contains(access.getTargetOwner().getName())
                                || access.getTargetOwner().getPackageName().equals("java.util.random")
                                || access.getName().equals("randomUUID")
                                || access.getTargetOwner().isEquivalentTo(Math.class)
                                        && access.getName().equals("random"))));
    }

    @Test
    void apiKnowsContractsAndJackson() {
        check(classes()
                .that()
                .resideInAPackage("io.millrace.api..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.api..",
                        "io.millrace.contracts..",
                        "com.fasterxml.jackson..",
                        "java..",
                        "org.jspecify.."));
    }

    @Test
    void storageKnowsDomainAndNoActors() {
        check(noClasses()
                .that()
                .resideInAPackage("io.millrace.storage..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.apache.pekko..",
                        "scala..",
                        "io.millrace.api..",
                        "io.millrace.channel..",
                        "io.millrace.edge..",
                        "io.millrace.node.."));
    }

    @Test
    void channelKnowsNeitherHttpNorJdbc() {
        check(noClasses()
                .that()
                .resideInAPackage("io.millrace.channel..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(HTTP)
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage(JDBC));
        check(noClasses()
                .that()
                .resideInAPackage("io.millrace.channel..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.api..", "io.millrace.storage..", "io.millrace.edge..", "io.millrace.node.."));
    }

    @Test
    @Proves("T-01")
    void onlyTheThreadManagerMakesWorkersAndTheirThreads() {
        check(noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.millrace.channel.thread.ThreadManager")
                .and()
                .doNotHaveFullyQualifiedName("io.millrace.channel.thread.SlotStarts") // a part of the thread manager
                .should()
                .accessTargetWhere(call(
                        "makes a worker",
                        access -> access.getTargetOwner().getName().equals("io.millrace.channel.thread.Worker")
                                && access.getName().equals("create"))));
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.channel.thread")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.millrace.channel.thread.HandlerThreads"));
    }

    @Test
    @Proves("C-01")
    void onlyTheStartOfAChannelMakesItsCleanupManagerWhichAloneRunsSteps() {
        check(noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.millrace.channel.ManagerStarter")
                .should()
                .accessTargetWhere(call(
                        "makes a cleanup manager",
                        access -> access.getTargetOwner().getName().equals("io.millrace.channel.cleanup.CleanupManager")
                                && access.getName().equals("create"))));
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.channel.cleanup")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("io\\.millrace\\.channel\\.cleanup\\.(StepRunner|RunEnding)"));
    }

    /** Node-level ones under names of the actor system, the one of the cluster as a singleton: both refuse a second. */
    @Test
    @Proves({"G-01", "G-89"})
    void onlyTheStartOfANodeMakesWhatExistsOnce() {
        Set<String> once = Set.of(
                "io.millrace.channel.projection.ReadModelWriter",
                "io.millrace.channel.log.LogWriter",
                "io.millrace.channel.resource.NodeResources",
                "io.millrace.channel.cluster.NodeInspector",
                "io.millrace.channel.cluster.ChannelWaker");
        check(noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.millrace.channel.ChannelSystem")
                .should()
                .accessTargetWhere(call(
                        "makes what exists once",
                        access -> once.contains(access.getTargetOwner().getName())
                                && !access.getOriginOwner().equals(access.getTargetOwner())
                                && access.getName().equals("create"))));
    }

    /** Everybody else reaches the pools by a message to the actor that owns them. */
    @Test
    @Proves("R-39")
    void onlyTheResourcesOfANodeReachItsPoolsOfBuffers() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.channel.resource.buffer")
                .and()
                .haveNameNotMatching("io\\.millrace\\.channel\\.resource\\.Node(Resources|Accounts|Figures)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("io\\.millrace\\.channel\\.resource\\.buffer\\.(BufferPools|PooledBuffer)"));
        check(classes()
                .that()
                .resideInAPackage("io.millrace.channel.resource.buffer")
                .and()
                .haveNameNotMatching(
                        ".*\\.(BufferPools|PooledBuffer|BufferMemory|PoolFigures|BufferFigures|package-info)")
                .should()
                .notBePublic());
    }

    /** The limits of the system, in the top package of domain, are the one thing edge takes from there. */
    @Test
    void edgeReachesChannelsThroughTheirTopPackageOnly() {
        check(noClasses()
                .that()
                .resideInAPackage("io.millrace.edge..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.channel.*..",
                        "io.millrace.domain.*..",
                        "io.millrace.storage..",
                        "io.millrace.node.."));
    }

    @Test
    void edgeDoesNotKnowTheDatabase() {
        check(noClasses()
                .that()
                .resideInAPackage("io.millrace.edge..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(JDBC));
    }

    /**
     * Packages below the top one of a module. The top package is the module's face and the parent of the others: it
     * may use them and they may report to it.
     */
    @ParameterizedTest
    @FieldSource("io.millrace.testkit.architecture.ProductClasses#MODULES")
    void packagesOfAModuleDoNotDependOnEachOtherInACircle(String module) {
        check(slices().matching("io.millrace." + module + ".(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true));
    }

    private static void check(ArchRule rule) {
        rule.check(ProductClasses.all());
    }

    private static DescribedPredicate<JavaAccess<?>> call(String description, Predicate<JavaAccess<?>> predicate) {
        return DescribedPredicate.describe(description, predicate);
    }
}
