using System.Text;
using CsCheck;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Tests.Kit;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Patrol.Tests.Sinks;

public sealed class YamlEditorTests
{
    private const string TokenPath = "top.list.1.inner.TOKEN";
    private const string ExastrosPath = "global.gitlabDefinition.secret.GITLAB_ROOT_TOKEN";
    private const string Old = "glpat-oldoldoldoldoldoldol";
    private const string New = "glpat-NEW_NEW-NEW.01.newnew";

    private static readonly Gen<string> Tokens = Gen.OneOf(Gen.Const(Old), Gen.String[Gen.Char["abcXYZ"], 1, 60], Gen.Const("change-this-token"));

    // Neighbours of the wanted key, at whatever depth: what they hold must not matter, nor how it is written.
    private static readonly Gen<string> Others = Gen.OneOf(
        "", "# comment: TOKEN", "a1: 1", "b1: \"TOKEN: x\"", "c1: 'it''s 日本語 🦊'", "d1: [TOKEN, {TOKEN: inside}]", "e1: |\n  TOKEN: in a block\n\n  more 🦊", "f1: >-\n  folded\n  TOKEN: y",
        "g1: {TOKEN: inside}", "\"h 1\": x # 値", "i1:\n  TOKEN: deeper", "j1: plain text # TOKEN: no", "k1: &anchor elsewhere\nl1: *anchor", "TOKEN_OLD: keep", "m1: ~", "n1:");

    private static readonly Gen<string> Frames = Gen.OneOf("TOKEN: {0}", "TOKEN:   {0}   # renewed", "TOKEN: \"{0}\"", "TOKEN: '{0}' # 更新", "\"TOKEN\": {0}", "TOKEN:\n  {0}");

    [Fact]
    public void One_value_changes_and_every_other_byte_stays()
    {
        var documents = Gen.Select(Unique(), Unique(), Unique(), Frames, Tokens, Gen.OneOf("\n", "\r\n"), Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool),
            (outer, before, after, frame, token, end, flags) => (Text: Document(outer, before, after, frame.Replace("{0}", token), end, flags), token));
        documents.Sample(document =>
        {
            var file = Encoding.UTF8.GetBytes(document.Text);
            var editor = new YamlEditor(TokenPath);
            var spot = editor.Find(file, "values.yaml");
            var changed = spot.Replace(file, New);
            Assert.Equal(document.token, spot.In(file));
            Assert.Equal(file[..spot.Start], changed[..spot.Start]);
            Assert.Equal(file[(spot.Start + spot.Length)..], changed[(spot.Start + New.Length)..]);
            Assert.Equal(New, editor.Find(changed, "values.yaml").In(changed));
            Assert.Equal(Events(file).Select(text => text == document.token ? New : text), Events(changed).Select(text => text == document.token ? New : text));
        }, iter: 2000);
    }

    [Theory]
    [InlineData("a:\n  b: &x t\n", "line 2: a.b stands at or below an anchor")]
    [InlineData("a: &x\n  b: t\nc: *x\n", "line 1: a.b stands at or below an anchor")]
    [InlineData("x: &x t\na:\n  b: *x\n", "line 3: a.b is an alias")]
    [InlineData("x: &x {b: t}\na:\n  <<: *x\n", "line 3: a.b stands beside a merge")]
    [InlineData("a:\n  b: t\n  c: 1\n  b: u\n", "line 4: a.b stands there twice: b is also on line 2")]
    [InlineData("a:\n  b: t\na:\n  b: t\n", "line 3: a.b stands there twice")]
    [InlineData("a:\n  b: \"{{ token }}\"\n", "line 2: a.b is a template")]
    [InlineData("a:\n  b: ${TOKEN}\n", "line 2: a.b is a template")]
    [InlineData("a:\n  b: ENC[AES256_GCM,data:x,iv:y,type:str]\n", "line 2: a.b is encrypted")]
    [InlineData("a:\n  b: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    61\n", "line 2: a.b has a tag (!vault)")]
    [InlineData("a:\n  b: t\nsops:\n  version: 3\n", "line 3: the file is encrypted with SOPS")]
    [InlineData("a:\n  b: |\n    t\n", "line 2: a.b is a block")]
    [InlineData("a:\n  b: >-\n    t\n", "line 2: a.b is a block")]
    [InlineData("a:\n  b:\n", "line 2: a.b is empty")]
    [InlineData("a:\n  b: {c: d}\n", "line 2: a.b is no single text")]
    [InlineData("a:\n  b: \"x\\x41\"\n", "line 2: a.b is written with escapes")]
    [InlineData("a:\n  b: t\n---\na:\n  b: u\n", "line 3: a.b cannot be told from others: the file has several documents")]
    [InlineData("a:\n  b: two words\n", "line 2: a.b is no token")]
    [InlineData("a:\n\tb: t\n", "a.b cannot be found: the file is not readable as YAML")]
    [InlineData("a:\n  c: t\n", "has no a.b")]
    public void What_might_be_read_in_two_ways_is_refused_with_its_line(string text, string message)
    {
        var failure = Assert.Throws<CliFailure>(() => new YamlEditor("a.b").Find(Encoding.UTF8.GetBytes(text), "values.yaml"));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("81453640820111145301", true), InlineData("814536408201e1453012", true), InlineData("81453fa40820de8a4ad6", false), InlineData(Old, false)]
    public void A_token_that_helm_would_store_with_quotation_marks_is_refused(string token, bool refused) =>
        Assert.Equal(refused, new YamlEditor("a.b").WhyNot(token) is not null);

    [Theory]
    [InlineData("synthetic/values.generated-like.yaml"), InlineData("synthetic/values.single-quoted.yaml"), InlineData("synthetic/values.crlf.yaml")]
    [InlineData("synthetic/values.flow.yaml"), InlineData("synthetic/values.minimal-override.yaml"), InlineData("synthetic/values.other-path-same-key.yaml")]
    [InlineData("synthetic/values.plain-inline-comment.yaml")]
    public void Exastros_values_change_in_the_token_alone(string name)
    {
        var file = Fixtures.Bytes(name);
        var changed = new YamlEditor(ExastrosPath).Find(file, name).Replace(file, New);
        Assert.Equal(Encoding.Latin1.GetString(file).Replace(Old, New), Encoding.Latin1.GetString(changed));
        Assert.NotEqual(file, changed);
    }

    [Theory]
    [InlineData("helm/values.exastro-1.7.5.yaml"), InlineData("helm/values.exastro-1.6.8.yaml"), InlineData("helm/values.exastro-1.3.24.yaml"), InlineData("helm/ci-default-values.yaml")]
    public void Exastros_charts_take_a_token(string name)
    {
        var file = Fixtures.Bytes(name);
        var editor = new YamlEditor(ExastrosPath);
        var changed = editor.Find(file, name).Replace(file, New);
        Assert.Equal(New, editor.Find(changed, name).In(changed));
    }

    [Theory]
    [InlineData("anchor", "line 81: global.gitlabDefinition.secret.GITLAB_ROOT_TOKEN is an alias"), InlineData("duplicate-path", "line 81")]
    [InlineData("folded", "line 80"), InlineData("helm-template", "line 80: global.gitlabDefinition.secret.GITLAB_ROOT_TOKEN is a template")]
    public void Exastros_riddles_are_refused(string name, string message)
    {
        var file = Fixtures.Bytes($"synthetic/values.{name}.yaml");
        Assert.Contains(message, Assert.Throws<CliFailure>(() => new YamlEditor(ExastrosPath).Find(file, name)).Message, StringComparison.Ordinal);
    }

    private static Gen<string[]> Unique() => Others.Array[0, 6].Select(lines => lines.Distinct(StringComparer.Ordinal).ToArray());

    private static string Document(string[] outer, string[] before, string[] after, string frame, string end, (bool Mark, bool LastEnd, bool Start) flags)
    {
        string[] others = [.. before, .. after.Except(before)];
        string[] lines =
        [
            .. flags.Start ? ["---"] : (string[])[], .. outer, "top:", "  list:", "  - TOKEN: first", "  - inner:",
            .. others.Take(before.Length).Append(frame).Concat(others.Skip(before.Length)).SelectMany(text => text.Split('\n')).Select(line => line.Length == 0 ? line : $"      {line}"),
            "  - last",
        ];
        return (flags.Mark ? "\ufeff" : "") + string.Join(end, lines) + (flags.LastEnd ? end : "");
    }

    private static List<string> Events(byte[] file)
    {
        var parser = new Parser(new StreamReader(new MemoryStream(file), Encoding.UTF8));
        var events = new List<string>();
        while (parser.MoveNext())
            events.Add(parser.Current is Scalar scalar ? scalar.Value : parser.Current!.GetType().Name);
        return events;
    }
}
