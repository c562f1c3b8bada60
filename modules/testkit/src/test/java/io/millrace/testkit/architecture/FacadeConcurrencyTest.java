package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.millrace.contracts.Proves;
import io.millrace.testkit.project.ProjectTree;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Each way into the channels is tried by many callers at once. */
class FacadeConcurrencyTest {
    private static final String ROW = "G-66";
    private static final String CHANNEL = "io.millrace.channel";

    private final JavaClasses tests =
            new ClassFileImporter().importPath(ProjectTree.module("channel").testClasses());

    @Test
    @Proves(ROW)
    void everyFacadeHasAConcurrencyTest() {
        Set<String> facades = facades();
        Set<String> tried = tests.stream()
                .filter(FacadeConcurrencyTest::isConcurrencyTest)
                .flatMap(test -> test.getMethodCallsFromSelf().stream())
                .map(call -> call.getTargetOwner().getName())
                .filter(facades::contains)
                .collect(Collectors.toSet());

        assertThat(facades).contains(CHANNEL + ".Channels", CHANNEL + ".ChannelThreads", CHANNEL + ".ChannelLocks");
        assertThat(tried).isEqualTo(facades);
    }

    /** Interfaces of the top package that are asked by the HTTP servers and answer later. */
    private static Set<String> facades() {
        return ProductClasses.all().stream()
                .filter(type -> type.isInterface() && type.getPackageName().equals(CHANNEL))
                .filter(type -> type.getMethods().stream()
                        .anyMatch(method -> method.getRawReturnType().isEquivalentTo(CompletionStage.class)))
                .filter(type -> type.getDirectDependenciesToSelf().stream()
                        .anyMatch(user -> user.getOriginClass().getPackageName().startsWith("io.millrace.edge")))
                .map(JavaClass::getName)
                .collect(Collectors.toSet());
    }

    private static boolean isConcurrencyTest(JavaClass test) {
        return test.getMethods().stream()
                .flatMap(method -> method.tryGetAnnotationOfType(Proves.class).stream())
                .anyMatch(proves -> List.of(proves.value()).contains(ROW));
    }
}
