package io.millrace.channel.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.domain.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkspacesTest {
    private static final String DEV = "{\"scripts\": {\"dev\": \"vite\"}}";

    @TempDir
    private Path root;

    private ProjectTree tree;

    @BeforeEach
    void setUp() {
        tree = new ProjectTree(root);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "package.json; {\"workspaces\": [\"apps/*\"]}",
                "package.json; {\"workspaces\": {\"packages\": [\"./apps/*/\"], \"nohoist\": []}}",
                "lerna.json; {\"packages\": [\"apps/{web,api}\"]}",
                "pnpm-workspace.yaml; packages: [\"apps/**\", \"!**/old\"]"
            })
    void membersAreFoundWhereTheRootSaysTheyAre(String file, String content) {
        // given a member with a name of its own, one without, and a directory that is none
        tree.with(file, content)
                .with("pnpm-lock.yaml")
                .with("apps/web/package.json", "{\"name\": \"@shop/web\", \"scripts\": {\"dev\": \"vite\"}}")
                .with("apps/api/package.json", DEV)
                .with("apps/docs/README.md")
                .with("other/package.json", DEV);

        // then
        assertThat(tree.names()).containsExactly("apps/api:dev", "@shop/web:dev");
        var script = tree.script("@shop/web:dev");
        assertThat(script.command()).containsExactly("pnpm", "run", "dev");
        assertThat(script.directory()).isEqualTo(root + "/apps/web");
        assertThat(script.source()).isEqualTo("apps/web/package.json");
    }

    @Test
    void excludedDirectoriesAreNoMembers() {
        // given
        tree.with("package.json", "{\"workspaces\": [\"!packages/old\", \"packages/**\"]}")
                .with("packages/a/package.json", DEV)
                .with("packages/old/package.json", DEV)
                .with("packages/a/node_modules/b/package.json", DEV)
                .with("packages/a/examples/c/package.json", DEV);

        // then
        assertThat(tree.names()).containsExactly("packages/a:dev", "packages/a/examples/c:dev");
    }

    @Test
    void cratesOfAWorkspaceAreMembers() {
        // given
        tree.with(
                        "Cargo.toml",
                        "[workspace]",
                        "members = [",
                        "  \"crates/*\", # all",
                        "]",
                        "exclude = [\"crates/old\"]")
                .with("crates/core/Cargo.toml", "[package]", "name = \"shop-core\"")
                .with("crates/old/Cargo.toml", "[package]", "name = \"old\"");

        // then
        assertThat(tree.names())
                .containsExactly("build", "check", "test", "shop-core:build", "shop-core:check", "shop-core:test");
    }

    @Test
    void otherToolsOfAMemberAreFoundToo() {
        // given
        tree.with("package.json", "{\"workspaces\": [\"web\"], \"scripts\": {\"build\": \"x\"}}")
                .with("web/package.json", "{\"name\": \"web\", \"scripts\": {\"build\": \"vite\"}}")
                .with("web/Makefile", "build:", "serve:");

        // then the tool is named where a name needs it
        assertThat(tree.names()).containsExactly("build", "web:npm:build", "web:make:build", "web:serve");
    }

    @Test
    void membersOfOneNameAreToldApart() {
        // given
        String manifest = "{\"name\": \"app\", \"scripts\": {\"dev\": \"vite\"}}";
        tree.with("package.json", "{\"workspaces\": [\"*\"]}")
                .with("a/package.json", manifest)
                .with("b/package.json", manifest);

        // then
        assertThat(tree.names()).containsExactly("app:dev", "b:dev");
    }

    @Test
    void aNameThatAMemberAndAScriptMakeIsListedOnce() {
        // given a script of the root whose name is that of a member's script
        tree.with("package.json", "{\"workspaces\": [\"*\"], \"scripts\": {\"web:dev\": \"root\"}}")
                .with("web/package.json", "{\"name\": \"web\", \"scripts\": {\"dev\": \"member\"}}");

        // then
        assertThat(tree.names()).doesNotHaveDuplicates().hasSize(2);
    }

    @Test
    void linksToMembersAreFollowedOnceAndNotOutOfTheTree() throws Exception {
        // given a link to a member, one to the tree itself, and one out of it
        var monorepo = new ProjectTree(root.resolve("repo"))
                .with("package.json", "{\"workspaces\": [\"**\"]}")
                .with("packages/a/package.json", DEV);
        tree.with("outside/package.json", DEV);
        Files.createSymbolicLink(root.resolve("repo/packages/link"), Path.of("a"));
        Files.createSymbolicLink(root.resolve("repo/packages/loop"), Path.of(".."));
        Files.createSymbolicLink(root.resolve("repo/packages/self"), Path.of("self"));
        Files.createSymbolicLink(root.resolve("repo/packages/out"), root.resolve("outside"));

        // then
        assertThat(monorepo.names()).hasSize(1).allMatch(name -> name.endsWith(":dev"));
        assertThat(monorepo.warnings()).isEmpty();
    }

    @Test
    void noMoreThanTheAllowedMembersAreLookedAt() {
        // given
        tree.with("package.json", "{\"workspaces\": [\"*\"]}");
        for (int i = 0; i <= Limits.SCRIPT_MEMBERS_MAX; i++) {
            tree.with("m" + i + "/package.json", DEV);
        }

        // then
        assertThat(tree.names()).hasSize(Limits.SCRIPT_MEMBERS_MAX);
        assertThat(tree.warnings())
                .singleElement()
                .asString()
                .startsWith("Only the scripts of the first 200 members of the monorepo are listed.");
    }

    @Test
    void membersLieNoDeeperThanIsLookedAt() {
        // given
        tree.with("package.json", "{\"workspaces\": [\"**\"]}")
                .with("1/2/3/4/5/package.json", DEV)
                .with("1/2/3/4/5/6/package.json", DEV);

        // then
        assertThat(tree.names()).containsExactly("1/2/3/4/5:dev");
    }

    @ParameterizedTest
    @CsvSource({
        "*, anything, true",
        "a*c, abc, true",
        "a*c, abd, false",
        "a?c, abc, true",
        "a?c, ac, false",
        "*-app, web-app, true",
        "**a**a**a**b, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, false"
    })
    void oneNameMatchesOnePartOfAPattern(String pattern, String name, boolean isMatch) {
        assertThat(MemberPattern.matches(pattern, name)).isEqualTo(isMatch);
    }
}
