using CsCheck;
using Patrol.Core.Doors;
using Patrol.Core.Scopes;

namespace Patrol.Tests.Core.Doors;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("/", "/", "")]
    [InlineData("/a/b", "/a/b", "a|b")]
    [InlineData("/a/b/?x=/../", "/a/b/", "a|b")]
    [InlineData("/a%20b/%e3%81%82", "/a b/あ", "a b|あ")]
    public void A_path_is_decoded_once_and_split(string uri, string text, string segments)
    {
        var path = DoorPath.Parse(uri).Value;
        Assert.Equal(text, path.Text);
        Assert.Equal(segments, string.Join('|', Enumerable.Range(0, path.Count).Select(i => path[i].ToString())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("*")]
    [InlineData("http://a/b")]
    [InlineData("/a/../b")]
    [InlineData("/a/./b")]
    [InlineData("/a/..")]
    [InlineData("/a/%2e%2e/b")]
    [InlineData("/a/..;/b")]
    [InlineData("/a/.. /b")]
    [InlineData("/a//b")]
    [InlineData("//a")]
    [InlineData("/a/ /b")]
    [InlineData("/a/;x/b")]
    [InlineData("/a%2fb")]
    [InlineData("/a%5Cb")]
    [InlineData("/a\\b")]
    [InlineData("/a%252e")]
    [InlineData("/a%")]
    [InlineData("/a%2")]
    [InlineData("/a%zz")]
    [InlineData("/a%00")]
    [InlineData("/a%0a")]
    [InlineData("/a#b")]
    [InlineData("/%c0%ae")]
    [InlineData("/%ed%a0%80")]
    [InlineData("/a%20\U0001F600")]
    [InlineData("/%ef%bc%8f")]
    [InlineData("/%e2%80%8b")]
    [InlineData("/a\u200b")]
    [InlineData("/\uff0e\uff0e")]
    public void A_path_that_services_read_differently_is_refused(string uri) => Assert.NotNull(DoorPath.Parse(uri).Refusal);

    [Fact]
    public void An_endless_path_is_refused()
    {
        Assert.NotNull(DoorPath.Parse($"/{new string('a', DoorPath.LongestUri)}").Refusal);
        Assert.NotNull(DoorPath.Parse(string.Concat(Enumerable.Repeat("/a", DoorPath.MostSegments + 1))).Refusal);
    }

    [Theory]
    [InlineData("/a/b", "/a/b", PathFit.Yes)]
    [InlineData("/a/b", "/a/b/", PathFit.Perhaps)]
    [InlineData("/a/b", "/a/B", PathFit.Perhaps)]
    [InlineData("/a/b", "/a/b;x=1", PathFit.Perhaps)]
    [InlineData("/a/b", "/a/b.", PathFit.Perhaps)]
    [InlineData("/a/b", "/a/b%20", PathFit.Perhaps)]
    [InlineData("/a/b", "/a/\uff42", PathFit.Perhaps)]
    [InlineData("/a/b", "/a/c", PathFit.No)]
    [InlineData("/a/b", "/a", PathFit.No)]
    [InlineData("/a/b", "/a/b/c", PathFit.No)]
    [InlineData("/a/*", "/a/x", PathFit.Yes)]
    [InlineData("/a/*", "/a/x/", PathFit.Perhaps)]
    [InlineData("/a/*", "/a", PathFit.No)]
    [InlineData("/a/**", "/a", PathFit.Yes)]
    [InlineData("/a/**", "/a/", PathFit.Yes)]
    [InlineData("/a/**", "/a/b/c/", PathFit.Yes)]
    [InlineData("/a/**", "/ab", PathFit.No)]
    [InlineData("/a/**", "/A/b", PathFit.Perhaps)]
    [InlineData("/**", "/", PathFit.Yes)]
    [InlineData("/", "/", PathFit.Yes)]
    [InlineData("/資料/**", "/資料/x", PathFit.Yes)]
    [InlineData("/資料/**", "/日本/x", PathFit.No)]
    [InlineData("/カ/**", "/ｶ/x", PathFit.Perhaps)]
    [InlineData("/café", "/cafe\u0301", PathFit.Perhaps)]
    public void A_path_fits_a_pattern_or_may_be_taken_to(string pattern, string uri, PathFit fit) =>
        Assert.Equal(fit, PathPattern.Parse(pattern).Value.Match(DoorPath.Parse(uri).Value, out _));

    [Theory]
    [InlineData("/p/{project}", "/p/a/b", PathFit.Yes, "a/b")]
    [InlineData("/p/{project}", "/p/7", PathFit.Yes, "7")]
    [InlineData("/p/{project}", "/p", PathFit.No, null)]
    [InlineData("/{group}/-/x", "/a/b/c/-/x", PathFit.Yes, "a/b/c")]
    [InlineData("/{project}/-/**", "/a/b/-/x/y", PathFit.Yes, "a/b")]
    [InlineData("/{project}/-/**", "/a/b/-", PathFit.Yes, "a/b")]
    [InlineData("/{project}/-/**", "/a/b", PathFit.No, null)]
    [InlineData("/{project}/files/**", "/a/b/files/c/files/d", PathFit.Ambiguous, null)]
    [InlineData("/{project}/files/**", "/a/files/files/d", PathFit.Ambiguous, null)]
    [InlineData("/{project}/files/**", "/a/b/Files/c/files/d", PathFit.Ambiguous, null)]
    public void The_project_or_group_of_a_path_is_told_unless_it_could_be_several(string pattern, string uri, PathFit fit, string? captured)
    {
        Assert.Equal(fit, PathPattern.Parse(pattern).Value.Match(DoorPath.Parse(uri).Value, out var found));
        if (fit != PathFit.Ambiguous)
            Assert.Equal(captured, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/a/**/b")]
    [InlineData("/a*")]
    [InlineData("/{project}/{group}")]
    [InlineData("/{project}/**")]
    [InlineData("/{project}/*/**")]
    [InlineData("/{user}")]
    [InlineData("/{project}.git")]
    [InlineData("/a//b")]
    [InlineData("/a/")]
    [InlineData("/../a")]
    [InlineData("/a?b")]
    [InlineData("/a%20b")]
    public void A_pattern_that_means_nothing_certain_is_refused(string pattern) => Assert.NotNull(PathPattern.Parse(pattern).Refusal);

    [Fact]
    public void Whatever_may_fall_under_an_earlier_rule_must_satisfy_it_too()
    {
        var rules = new[] { Rule("/admin/**", false, "POST"), Rule("/admin/**", false), Rule("/**", true) };
        Assert.Equal([1], Binding("GET", "/admin/x"));
        Assert.Equal([0], Binding("POST", "/admin/x"));
        Assert.Equal([0, 1], Binding("post", "/admin/x"));
        Assert.Equal([1, 2], Binding("GET", "/Admin/x"));
        Assert.Equal([0, 1, 2], Binding("POST", "/admin;a/x"));
        Assert.Equal([2], Binding("GET", "/other"));

        int[] Binding(string method, string path) =>
            [.. DoorRules.Find(rules, new DoorRequest(method, "", DoorPath.Parse(path).Value))!.Select(one => Array.IndexOf(rules, one.Rule))];

        static DoorRule Rule(string pattern, bool isPublic, params string[] methods) =>
            new(1, PathPattern.Parse(pattern).Value, [], methods, null, new DoorRequirement { Public = isPublic, Scopes = isPublic ? [] : [ScopeCatalog.Api] });
    }

    /// <summary>However a path is respelled, the rules that bind the plain one bind it as well, or nothing opens.</summary>
    [Fact]
    public void A_respelled_path_is_bound_by_the_rules_of_the_plain_one()
    {
        string[] words = ["admin", "public", "a", "b.c", "x_y"];
        var rule = Gen.Select(Gen.OneOf(Of(words), Gen.Const("*")).Array[0, 3], Gen.Bool, (parts, rest) =>
            PathPattern.Parse($"/{string.Join('/', parts)}{(rest ? parts.Length > 0 ? "/**" : "**" : "")}").Value);
        var spelling = Of<Func<string, string>>(
            text => text, text => text.ToUpperInvariant(), text => text.Replace("a", "%61", StringComparison.Ordinal), text => $"{text};v=1", text => $"{text}.", text => $"{text}%20",
            text => text.Replace('a', '\uff41'), text => text.Replace("d", "%44", StringComparison.Ordinal));
        Gen.Select(rule.Array[1, 6], Gen.Select(Of(words), spelling).Array[1, 4], Gen.Bool).Sample((patterns, parts, slash) =>
        {
            DoorRule[] rules = [.. patterns.Select(pattern => new DoorRule(1, pattern, [], [], null, new DoorRequirement()))];
            IEnumerable<DoorRule>? Find(string path) => DoorRules.Find(rules, new DoorRequest("GET", "", DoorPath.Parse(path).Value))?.Select(one => one.Rule);
            var plain = Find("/" + string.Join('/', parts.Select(part => part.Item1)));
            var respelled = Find("/" + string.Join('/', parts.Select(part => part.Item2(part.Item1))) + (slash ? "/" : ""));
            return respelled is null || plain is null || respelled.Contains(plain.Last());
        });
    }

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
