using System.Text;
using CsCheck;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Sinks;

public sealed class EnvEditorTests
{
    private const string Key = "TOKEN";
    private const string Old = "glpat-oldoldoldoldoldoldol";
    private const string New = "glpat-NEW_NEW-NEW.01.newnew";

    private static readonly Gen<string> Tokens = Gen.OneOf(Gen.Const(Old), Gen.String[Gen.Char["abcXYZ019-_."], 1, 60], Gen.Const("change-this-token"), Gen.Const(""));

    // Lines that are not the key's, whatever a reader might take them for.
    private static readonly Gen<string> Others = Gen.OneOf(
        "", "   ", "# comment", "#TOKEN=commented", "# TOKEN = commented", "OTHER=1", "TOKEN_OLD=keep", "MY_TOKEN=keep", "export X=y", "A='it''s'", "B=\"x \\\" y\"",
        "LONG=\"one\nTOKEN=inside\nthree\"", "ALSO='a\nTOKEN=b'", "C=plain # TOKEN=comment", "日本語=値 # 更新", "D=${TOKEN}", "E=it's", "F=", "token=lower", "G=\"# no comment\"");

    private static readonly Gen<(string Before, string After)> Frames = Gen.OneOf(
        ("TOKEN=", ""), ("TOKEN=", "   "), ("TOKEN=", " # renewed"), ("TOKEN='", "'"), ("TOKEN=\"", "\""), ("TOKEN=\"", "\"   # renewed 2025"), ("export TOKEN=", ""), ("export  TOKEN='", "' # x"), ("  TOKEN=", ""));

    [Fact]
    public void One_value_changes_and_every_other_byte_stays()
    {
        var documents = Gen.Select(Others.Array[0, 8], Others.Array[0, 8], Frames, Tokens, Gen.OneOf("\n", "\r\n"), Gen.Bool, Gen.Bool,
            (before, after, frame, token, end, mark, lastEnd) => (Lines: (string[])[.. before, frame.Before + token + frame.After, .. after], before, frame, token, end, mark, lastEnd));
        documents.Sample(document =>
        {
            var end = document.end;
            var text = (document.mark ? "\ufeff" : "") + string.Join(end, document.Lines.Select(line => line.Replace("\n", end))) + (document.lastEnd ? end : "");
            var file = Encoding.UTF8.GetBytes(text);
            var editor = new EnvEditor(Key);
            var spot = editor.Find(file, ".env");
            var changed = spot.Replace(file, New);
            Assert.Equal(document.token, spot.In(file));
            Assert.Equal(file[..spot.Start], changed[..spot.Start]);
            Assert.Equal(file[(spot.Start + spot.Length)..], changed[(spot.Start + New.Length)..]);
            Assert.Equal(New, editor.Find(changed, ".env").In(changed));
            // It is the line that was meant, not one that looks like it.
            var at = (document.mark ? 1 : 0) + document.before.Sum(line => line.Replace("\n", end).Length + end.Length) + document.frame.Before.Length;
            Assert.Equal(Encoding.UTF8.GetByteCount(text.AsSpan(0, at)), spot.Start);
        }, iter: 3000);
    }

    [Theory]
    [InlineData("A=1\nTOKEN=a\nTOKEN=b\n", "lines 2 and 3")]
    [InlineData("export TOKEN=a\n\nTOKEN=b", "lines 1 and 3")]
    [InlineData("A=1\nTOKEN=${OTHER}\n", "line 2: TOKEN is a template")]
    [InlineData("A=1\nTOKEN=\"{{ token }}\"\n", "line 2: TOKEN is a template")]
    [InlineData("TOKEN=$OTHER\n", "line 1: TOKEN is a template")]
    [InlineData("A=1\nTOKEN=ENC[AES256_GCM,data:abc,type:str]\n", "line 2: TOKEN is encrypted")]
    [InlineData("A=1\nTOKEN=x\nsops_version=3.9.0\n", "line 3: the file is encrypted with SOPS")]
    [InlineData("$ANSIBLE_VAULT;1.1;AES256\n6162\n", "line 1: the file is encrypted with Ansible Vault")]
    [InlineData("A=1\n\nTOKEN = x\n", "line 3: TOKEN has blanks around '='")]
    [InlineData("TOKEN= x\n", "line 1: TOKEN has blanks around '='")]
    [InlineData("A=1\nTOKEN: x\n", "line 2: TOKEN is written without '='")]
    [InlineData("TOKEN=\"x\"y\n", "line 1: TOKEN has more text behind its quotation marks")]
    [InlineData("A=1\nTOKEN=\"x\n", "line 2: TOKEN begins with a quotation mark that nothing closes")]
    [InlineData("TOKEN=two words\n", "line 1: TOKEN is no token")]
    [InlineData("#TOKEN=x\nOTHER=y\n", "has no TOKEN")]
    [InlineData("LONG=\"\nTOKEN=x\n\"\n", "has no TOKEN")]
    public void What_might_be_read_in_two_ways_is_refused_with_its_line(string text, string message)
    {
        var failure = Assert.Throws<CliFailure>(() => new EnvEditor(Key).Find(Encoding.UTF8.GetBytes(text), ".env"));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bom"), InlineData("commented-old-above"), InlineData("crlf"), InlineData("double-quoted-inline-comment"), InlineData("export-prefix")]
    [InlineData("generated-like"), InlineData("multiline-double-quoted"), InlineData("no-final-newline-key-last"), InlineData("similar-keys")]
    [InlineData("single-quoted"), InlineData("unquoted-inline-comment"), InlineData("utf8-comment")]
    public void Exastros_files_change_in_the_token_alone(string name)
    {
        var file = Fixtures.Bytes($"synthetic/env.{name}");
        var changed = new EnvEditor("GITLAB_ROOT_TOKEN").Find(file, name).Replace(file, New);
        // The fixtures hold the old text once.
        Assert.Equal(Encoding.Latin1.GetString(file).Replace(Old, New), Encoding.Latin1.GetString(changed));
        Assert.NotEqual(file, changed);
    }

    [Theory]
    [InlineData("docker-compose/env.docker.sample"), InlineData("docker-compose/env.podman.sample"), InlineData("docker-compose/env.docker.sample.2.5.4")]
    [InlineData("docker-compose/env.docker.sample.2.1.2"), InlineData("synthetic/env.empty-value")]
    public void Exastros_samples_take_a_token(string name)
    {
        var file = Fixtures.Bytes(name);
        var editor = new EnvEditor("GITLAB_ROOT_TOKEN");
        var changed = editor.Find(file, name).Replace(file, New);
        Assert.Equal(New, editor.Find(changed, name).In(changed));
    }

    [Theory]
    [InlineData("duplicate-key", "lines 32 and 33"), InlineData("missing-key", "has no GITLAB_ROOT_TOKEN")]
    public void Exastros_riddles_are_refused(string name, string message)
    {
        var file = Fixtures.Bytes($"synthetic/env.{name}");
        Assert.Contains(message, Assert.Throws<CliFailure>(() => new EnvEditor("GITLAB_ROOT_TOKEN").Find(file, name)).Message, StringComparison.Ordinal);
    }
}
