package io.millrace.channel.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.handler.JobHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandlersTest {
    @TempDir
    Path directory;

    /** Known only through the jars this test makes. */
    public static final class FromJar implements JobHandler {
        @Override
        public String name() {
            return "from-jar";
        }

        @Override
        public @Nullable Object run(JobContext context) {
            return null;
        }
    }

    @Test
    void theBuiltInOnesAreThereWithoutAnyDirectory() {
        // when
        var handlers = Handlers.load(directory.resolve("missing"));

        // then
        assertThat(handlers.names()).contains("echo", "fail", "noop", "sleep", "sum");
    }

    @Test
    void jarsOfTheDirectoryAreSearched() throws IOException {
        // given
        jar("more.jar", FromJar.class.getName());

        // when
        var handlers = Handlers.load(directory);

        // then
        assertThat(handlers.find("from-jar")).isPresent();
        assertThat(handlers.names()).contains("noop");
    }

    @Test
    void twoHandlersOfOneNameStopTheStartAndBothAreNamed() {
        // given
        List<JobHandler> twins = List.of(TestHandler.named("twin", _ -> 1), new FromJar(), new FromJar());

        // when, then
        assertThatThrownBy(() -> Handlers.of(twins))
                .hasMessageContaining("'from-jar'")
                .hasMessageContaining(FromJar.class.getName())
                .hasMessageContaining("Rename one");
    }

    @Test
    void aJarThatNamesWhatIsNotThereStopsTheStart() throws IOException {
        // given
        jar("broken.jar", "com.example.Missing");

        // when, then
        assertThatThrownBy(() -> Handlers.load(directory))
                .hasMessageContaining("com.example.Missing")
                .hasMessageContaining("META-INF/services");
    }

    @Test
    void anUnknownNameIsAnsweredWithNearOnesOrAll() {
        // given
        var handlers = Handlers.load(directory);

        // when, then
        assertThat(handlers.unknown("slep").detail()).contains("Did you mean sleep");
        assertThat(handlers.unknown("something-else-entirely").detail())
                .contains("Known are: ")
                .contains("noop, sleep, sum");
    }

    private void jar(String name, String handler) throws IOException {
        try (var jar = new JarOutputStream(Files.newOutputStream(directory.resolve(name)))) {
            jar.putNextEntry(new JarEntry("META-INF/services/" + JobHandler.class.getName()));
            jar.write(handler.getBytes(StandardCharsets.UTF_8));
            jar.closeEntry();
        }
    }
}
