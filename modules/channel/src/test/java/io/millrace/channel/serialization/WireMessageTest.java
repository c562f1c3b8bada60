package io.millrace.channel.serialization;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every message that may travel between nodes arrives as it was sent. */
class WireMessageTest {
    private static final int SERIALIZER_ID = 7302;

    private static final ActorTestKit TEST_KIT = ActorTestKit.create(
            "wire",
            ConfigFactory.parseString("pekko.actor.provider = cluster")
                    .withFallback(ConfigFactory.parseString(
                            "pekko.remote.artery.canonical { hostname = \"127.0.0.1\", port = 0 }"))
                    .withFallback(ConfigFactory.parseResources("millrace-pekko.conf"))
                    .withFallback(ConfigFactory.load()));

    private final Serialization serialization = SerializationExtension.get(TEST_KIT.system());

    @AfterAll
    static void stop() {
        TEST_KIT.shutdownTestKit();
    }

    @Test
    void theScanFindsRequestsAndReplies() {
        assertThat(wireMessages())
                .extracting(Class::getSimpleName)
                .contains("Submit", "Accepted", "JobShown", "Lines", "Events", "ListThreads");
    }

    @TestFactory
    Stream<DynamicTest> arrivesAsItWasSent() {
        Samples samples = new Samples(TEST_KIT.createTestProbe().ref());
        return wireMessages().stream()
                .flatMap(type -> Stream.of(true, false)
                        .map(isFull -> DynamicTest.dynamicTest(
                                type.getName() + (isFull ? "" : " with nothing optional"),
                                () -> roundTrip(samples.of(type, isFull)))));
    }

    private void roundTrip(Object message) {
        var serializer = serialization.findSerializerFor(message);
        assertThat(serializer.identifier()).isEqualTo(SERIALIZER_ID);

        byte[] bytes = serialization.serialize(message).get();
        Object arrived = serialization
                .deserialize(bytes, SERIALIZER_ID, Serializers.manifestFor(serializer, message))
                .get();

        assertThat(arrived).usingRecursiveComparison().isEqualTo(message);
    }

    private static List<Class<?>> wireMessages() {
        try (Stream<Path> files = Files.walk(classes())) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .map(WireMessageTest::className)
                    .filter(name -> !name.endsWith("package-info"))
                    .<Class<?>>map(WireMessageTest::load)
                    .filter(type -> WireMessage.class.isAssignableFrom(type) && type.isRecord())
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Path classes() {
        try {
            return Path.of(WireMessage.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String className(Path file) {
        String relative = classes().relativize(file).toString();
        return relative.substring(0, relative.length() - ".class".length()).replace('/', '.');
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, WireMessageTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
