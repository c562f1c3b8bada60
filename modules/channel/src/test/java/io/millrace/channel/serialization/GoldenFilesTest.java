package io.millrace.channel.serialization;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.ChannelSnapshot;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupSnapshot;
import io.millrace.domain.incident.IncidentEntry;
import io.millrace.domain.incident.IncidentEvent;
import io.millrace.domain.incident.IncidentPhase;
import io.millrace.domain.incident.IncidentSnapshot;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessPhase;
import io.millrace.domain.process.ProcessSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.jackson.JacksonObjectMapperProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What was ever stored stays readable. For each event type and for the snapshot there is a file as it was stored once
 * (.cbor) and what it must read as (.json). Run with {@code -Dgolden.write=true} to add files for new types; existing
 * ones are never overwritten, because journals out there are not either.
 */
class GoldenFilesTest {
    private static final Path DIRECTORY = Path.of(System.getProperty("golden.directory", "src/test/resources/golden"))
            .resolve("v1");

    /** Serializers that stored the files; part of each stored row. */
    private static final int ENTRY_SERIALIZER_ID = 7301;

    private static final int SNAPSHOT_SERIALIZER_ID = 7303;

    private static final String INCIDENT = "Incident";
    private static final String INCIDENTS = "IncidentSnapshot";

    private static final Config CONFIG = ConfigFactory.parseString("pekko.actor.provider = local")
            .withFallback(ConfigFactory.parseResources("millrace-pekko.conf"))
            .withFallback(ConfigFactory.load());

    private static final ActorTestKit TEST_KIT = ActorTestKit.create("golden", CONFIG);

    private final Serialization serialization = SerializationExtension.get(TEST_KIT.system());
    private final ObjectMapper json = JacksonObjectMapperProvider.get(TEST_KIT.system())
            .create("millrace-journal", Optional.of(new JsonFactory()))
            .enable(SerializationFeature.INDENT_OUTPUT);

    @AfterAll
    static void stop() {
        TEST_KIT.shutdownTestKit();
    }

    @Test
    void everyEventTypeHasASample() {
        List<Class<?>> withSample = new ArrayList<>();
        StoredSamples.events().forEach(event -> withSample.add(event.getClass()));

        assertThat(withSample).containsExactlyInAnyOrder(ChannelEvent.class.getPermittedSubclasses());
    }

    @Test
    void everyChangeOfACleanupHasASample() {
        List<Class<?>> kinds = new ArrayList<>(List.of(CleanupChange.class.getPermittedSubclasses()));
        kinds.remove(CleanupChange.OfRun.class);
        kinds.addAll(List.of(CleanupChange.OfRun.class.getPermittedSubclasses()));

        assertThat(StoredSamples.cleanupChanges())
                .extracting(Object::getClass)
                .containsExactlyInAnyOrderElementsOf(kinds);
    }

    @Test
    void everyChangeOfAProcessHasASample() {
        List<Class<?>> kinds = new ArrayList<>(List.of(ProcessChange.class.getPermittedSubclasses()));
        kinds.remove(ProcessChange.OfRun.class);
        kinds.addAll(List.of(ProcessChange.OfRun.class.getPermittedSubclasses()));

        assertThat(ProcessSamples.changes()).extracting(Object::getClass).containsExactlyInAnyOrderElementsOf(kinds);
    }

    @Test
    void everyEventOfAnIncidentHasASample() {
        assertThat(IncidentSamples.events())
                .extracting(event -> (Object) event.getClass())
                .containsExactlyInAnyOrder((Object[]) IncidentEvent.class.getPermittedSubclasses());
    }

    @Test
    void everyPhaseOfAnIncidentHasASample() {
        assertThat(IncidentSamples.snapshot().incidents())
                .extracting(incident -> (Object) incident.phase().getClass())
                .containsExactlyInAnyOrder((Object[]) IncidentPhase.class.getPermittedSubclasses());
    }

    @Test
    void everyPhaseOfAProcessHasASample() {
        assertThat(ProcessSamples.snapshot().processes())
                .extracting(process -> (Object) process.phase().getClass())
                .containsExactlyInAnyOrder((Object[]) ProcessPhase.class.getPermittedSubclasses());
    }

    @Test
    void everyStoredTypeHasAGoldenFile() throws IOException {
        Map<String, Object> samples = samples();
        if (Boolean.getBoolean("golden.write")) {
            for (var sample : samples.entrySet()) {
                writeIfAbsent(sample.getKey(), sample.getValue());
            }
        }

        assertThat(goldenNames())
                .as("add the missing ones with -Dgolden.write=true")
                .containsAll(samples.keySet());
    }

    @TestFactory
    Stream<DynamicTest> aStoredFileReadsAsItAlwaysDid() throws IOException {
        return goldenNames().stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    byte[] stored = Files.readAllBytes(DIRECTORY.resolve(name + ".cbor"));
                    JsonNode expected =
                            json.readTree(DIRECTORY.resolve(name + ".json").toFile());

                    Object read = read(name, stored);

                    assertContains(tree(read), expected, name);
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatIsStoredTodayReadsBackEqual() {
        return samples().entrySet().stream()
                .map(sample -> DynamicTest.dynamicTest(sample.getKey(), () -> {
                    byte[] stored = serialization.serialize(sample.getValue()).get();

                    Object read = read(sample.getKey(), stored);

                    assertThat(read).usingRecursiveComparison().isEqualTo(sample.getValue());
                }));
    }

    @Test
    void aFieldThatALaterVersionAddedIsIgnored() throws IOException {
        JsonNode entry = tree(new JournalEntry(List.of(new ChannelEvent.ChannelPaused(5))));
        ((ObjectNode) entry.get("events").get(0)).put("addedLater", 1);

        JournalEntry read = json.treeToValue(entry, JournalEntry.class);

        assertThat(read.events()).containsExactly(new ChannelEvent.ChannelPaused(5));
    }

    @Test
    void aSnapshotFromBeforeThereWereLocksHasNone() throws IOException {
        byte[] stored = Files.readAllBytes(DIRECTORY.resolve("ChannelSnapshot.cbor"));

        ChannelSnapshot read = (ChannelSnapshot) read("ChannelSnapshot", stored);

        assertThat(read.leases()).isEmpty();
        assertThat(read.lastToken()).isZero();
    }

    @Test
    void aSnapshotFromBeforeThereWereCleanupsHasNone() throws IOException {
        byte[] stored = Files.readAllBytes(DIRECTORY.resolve("ChannelSnapshotWithLeases.cbor"));

        ChannelSnapshot read = (ChannelSnapshot) read("ChannelSnapshotWithLeases", stored);

        assertThat(read.leases()).isNotEmpty();
        assertThat(read.cleanups()).isEqualTo(CleanupSnapshot.EMPTY);
    }

    @Test
    void aSnapshotFromBeforeThereWereProcessesHasNone() throws IOException {
        byte[] stored = Files.readAllBytes(DIRECTORY.resolve("ChannelSnapshotWithCleanups.cbor"));

        ChannelSnapshot read = (ChannelSnapshot) read("ChannelSnapshotWithCleanups", stored);

        assertThat(read.cleanups().tasks()).isNotEmpty();
        assertThat(read.processes()).isEqualTo(ProcessSnapshot.EMPTY);
    }

    @Test
    void aSnapshotFromBeforeResourcesWereNotedHasNone() throws IOException {
        byte[] stored = Files.readAllBytes(DIRECTORY.resolve("ChannelSnapshotWithProcesses.cbor"));

        ChannelSnapshot read = (ChannelSnapshot) read("ChannelSnapshotWithProcesses", stored);

        assertThat(read.running()).isNotEmpty().allMatch(job -> job.noted() == null);
        assertThat(read.cleanups().runs())
                .isNotEmpty()
                .allMatch(run -> run.returned().isEmpty());
    }

    private JsonNode tree(Object value) throws IOException {
        return json.readTree(json.writeValueAsString(value));
    }

    /** New fields may have appeared since; what was stored must read the same. */
    private static void assertContains(JsonNode actual, JsonNode expected, String path) {
        if (expected.isObject()) {
            expected.properties()
                    .forEach(field ->
                            assertContains(actual.path(field.getKey()), field.getValue(), path + "." + field.getKey()));
        } else if (expected.isArray()) {
            assertThat(actual.size()).as(path).isEqualTo(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                assertContains(actual.get(i), expected.get(i), path + "[" + i + "]");
            }
        } else {
            assertThat(actual).as(path).isEqualTo(expected);
        }
    }

    private static Map<String, Object> samples() {
        Map<String, Object> samples = new LinkedHashMap<>();
        for (ChannelEvent event : StoredSamples.events()) {
            samples.put(event.getClass().getSimpleName(), new JournalEntry(List.of(event)));
        }
        for (CleanupChange change : StoredSamples.cleanupChanges()) {
            ChannelEvent event = new ChannelEvent.CleanupChanged(1_793_534_400_123L, change);
            samples.put("CleanupChanged" + change.getClass().getSimpleName(), new JournalEntry(List.of(event)));
        }
        for (ProcessChange change : ProcessSamples.changes()) {
            ChannelEvent event = new ChannelEvent.ProcessChanged(1_793_534_400_123L, change);
            samples.put("ProcessChanged" + change.getClass().getSimpleName(), new JournalEntry(List.of(event)));
        }
        samples.put(
                "ProcessChangedRegisteredWithCommands",
                new JournalEntry(
                        List.of(new ChannelEvent.ProcessChanged(1_793_534_400_123L, ProcessSamples.withCommands()))));
        for (IncidentEvent event : IncidentSamples.events()) {
            samples.put(INCIDENT + event.getClass().getSimpleName(), new IncidentEntry(List.of(event)));
        }
        samples.put("ChannelSnapshotWithNotes", StoredSamples.snapshot());
        samples.put(INCIDENTS, IncidentSamples.snapshot());
        return samples;
    }

    private Object read(String name, byte[] stored) {
        return name.startsWith("ChannelSnapshot")
                ? serialization
                        .deserialize(stored, SNAPSHOT_SERIALIZER_ID, "ChannelSnapshot")
                        .get()
                : serialization
                        .deserialize(
                                stored, ENTRY_SERIALIZER_ID, manifestOf(name).getName())
                        .get();
    }

    private static Class<?> manifestOf(String name) {
        if (name.equals(INCIDENTS)) {
            return IncidentSnapshot.class;
        }
        return name.startsWith(INCIDENT) ? IncidentEntry.class : JournalEntry.class;
    }

    private static List<String> goldenNames() throws IOException {
        Files.createDirectories(DIRECTORY);
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".cbor"))
                    .map(file -> file.substring(0, file.length() - ".cbor".length()))
                    .sorted()
                    .toList();
        }
    }

    private void writeIfAbsent(String name, Object value) throws IOException {
        Path stored = DIRECTORY.resolve(name + ".cbor");
        if (!Files.exists(stored)) {
            Files.createDirectories(DIRECTORY);
            Files.write(stored, serialization.serialize(value).get());
            Files.writeString(DIRECTORY.resolve(name + ".json"), json.writeValueAsString(value) + "\n");
        }
    }

    @Test
    void everyGoldenFileSaysWhatItMustReadAs() throws IOException {
        Files.createDirectories(DIRECTORY);
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            String[] jsons = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".json"))
                    .map(file -> file.replace(".json", ""))
                    .toArray(String[]::new);
            assertThat(goldenNames()).containsExactlyInAnyOrderElementsOf(Arrays.asList(jsons));
        }
    }
}
