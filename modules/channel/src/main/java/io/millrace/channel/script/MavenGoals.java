package io.millrace.channel.script;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;

/** Phases of a Maven build, and the goals that run a program where the plugin is in the {@code pom.xml}. */
final class MavenGoals implements ScriptSource {
    private static final String FILE = "pom.xml";
    private static final String TOOL = "maven";
    private static final List<String> PHASES = List.of("clean", "compile", "test", "package", "verify", "install");
    private static final Map<String, String> GOALS_BY_PLUGIN = goalsByPlugin();

    private static Map<String, String> goalsByPlugin() {
        var goals = new LinkedHashMap<String, String>();
        goals.put("spring-boot-maven-plugin", "spring-boot:run");
        goals.put("quarkus-maven-plugin", "quarkus:dev");
        goals.put("exec-maven-plugin", "exec:java");
        return goals;
    }

    @Override
    public void find(ProjectDirectory directory) {
        directory.parsed(FILE, "XML", MavenGoals::plugins).ifPresent(plugins -> {
            String program = directory.wrapperOr("mvnw", "mvn");
            PHASES.forEach(phase -> directory.add(TOOL, phase, FILE, "", List.of(program, phase)));
            GOALS_BY_PLUGIN.forEach((plugin, goal) -> {
                if (plugins.contains(plugin)) {
                    directory.add(TOOL, goal, FILE, "", List.of(program, goal));
                }
            });
        });
    }

    /** Artifact ids of all plugins. Document types and entities are not read: they can reach other files, and grow. */
    private static Set<String> plugins(String pom) throws IOException {
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        var plugins = new HashSet<String>();
        var open = new ArrayDeque<String>();
        try {
            var reader = factory.createXMLStreamReader(new StringReader(pom));
            while (reader.hasNext()) {
                switch (reader.next()) {
                    case XMLStreamConstants.START_ELEMENT -> {
                        boolean isOfPlugin = "plugin".equals(open.peek());
                        if (isOfPlugin && reader.getLocalName().equals("artifactId")) {
                            plugins.add(reader.getElementText().strip());
                        } else {
                            open.push(reader.getLocalName());
                        }
                    }
                    case XMLStreamConstants.END_ELEMENT -> open.pop();
                    default -> {}
                }
            }
        } catch (XMLStreamException e) {
            throw new IOException(reason(e), e);
        }
        return plugins;
    }

    private static String reason(XMLStreamException e) {
        var location = e.getLocation();
        return location == null ? "it is broken" : "line " + location.getLineNumber() + " is broken";
    }
}
