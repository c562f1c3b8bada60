package io.millrace.channel.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TomlTextTest {

    @Test
    void tablesKeysAndValuesOfAllFormsAreRead() throws IOException {
        // when
        var read = TomlText.object("""
                # comment
                title = "TOML \\"Example\\" \\u00e9 \\t." # behind
                bare-key_1 = 42
                "quoted key".'and.literal'.b = true
                float = -1.5e3
                time = 1979-05-27 07:32:00Z
                literal = 'C:\\new'
                empty = ""
                lines = \"""
                first
                second \\
                   joined ""quotes""\"""
                raw = '''
                a\\b'''
                array = [ "a", # comment
                  'b',

                  [1, 2], ]
                inline = { x = "1", y.z = '2', }

                [a.b]
                c = 1\r
                [a]
                d = 2
                [[list]]
                n = 1
                [[list]]
                n = 2
                [list.sub]
                m = 3
                """);

        // then
        assertThat(read.toString())
                .isEqualTo("{\"title\":\"TOML \\\"Example\\\" é \\t.\",\"bare-key_1\":\"42\","
                        + "\"quoted key\":{\"and.literal\":{\"b\":\"true\"}},\"float\":\"-1.5e3\","
                        + "\"time\":\"1979-05-27 07:32:00Z\",\"literal\":\"C:\\\\new\",\"empty\":\"\","
                        + "\"lines\":\"first\\nsecond joined \\\"\\\"quotes\\\"\\\"\",\"raw\":\"a\\\\b\","
                        + "\"array\":[\"a\",\"b\",[\"1\",\"2\"]],\"inline\":{\"x\":\"1\",\"y\":{\"z\":\"2\"}},"
                        + "\"a\":{\"b\":{\"c\":\"1\"},\"d\":\"2\"},"
                        + "\"list\":[{\"n\":\"1\"},{\"n\":\"2\",\"sub\":{\"m\":\"3\"}}]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a | '=' is missing",
                "a = | a value is missing",
                "= 1 | a key is missing",
                "a = 1 b = 2 | something follows a value",
                "a = 'x' y | something follows a value",
                "a = 1\\na = 2 | the key 'a' is there twice",
                "a = \"\\x\" | '\\x' stands for nothing",
                "a = \"\\uD\" | is no character",
                "a = \"no\\nend | the quote that ends a text is missing",
                "a = [1 2 | ',' or ']' is missing in an array",
                "[a | ']' is missing",
                "a = 1\\n[[a]] | 'a' is no array of tables",
                "a = 1\\n[a.b] | 'a' is a value and a table"
            })
    void whatIsNoTomlIsRefusedWithItsLine(String text, String reason) {
        assertThatThrownBy(() -> TomlText.object(text.replace("\\n", "\n")))
                .isInstanceOf(IOException.class)
                .hasMessageMatching("line [12]: .*")
                .hasMessageContaining(reason);
    }
}
