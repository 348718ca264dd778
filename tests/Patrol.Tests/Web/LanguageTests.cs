using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Patrol.Server.Web;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

/// <summary>The pages in English and Japanese.</summary>
public sealed partial class LanguageTests(SharedApp shared) : IClassFixture<SharedApp>
{
    /// <summary>Sentences that no page shows: told to programs, to the log, or to whoever broke the code.</summary>
    private static readonly string[] NotForPeople = ["A page could not be made: {Reason}", "Nobody is signed in.", "404 Not Found\\n", "The scheme and host that this was asked for at are no address."];

    [Fact]
    public void Every_sentence_of_the_pages_has_its_Japanese_one()
    {
        var missing = Sentences().Distinct().Where(sentence => !Language.Japanese.Sentences.ContainsKey(sentence)).Except(NotForPeople).Order(StringComparer.Ordinal);
        Assert.Equal([], missing);
    }

    [Fact]
    public void No_Japanese_sentence_outlives_its_English_one()
    {
        var sources = string.Concat(Sources("src/Patrol.Server").Concat(Sources("src/Patrol.Core")).Select(Repository.Read));
        var unused = Language.Japanese.Sentences.Keys.Where(sentence =>
            !sources.Contains($"\"{sentence}\"", StringComparison.Ordinal)
            // An enumeration's name, or a refusal with its values put in.
            && !Regex.IsMatch(sources, $@"\b{Regex.Escape(sentence)} = ")
            && !Regex.IsMatch(sources, WithValues(sentence)));
        Assert.Equal([], unused.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_places_for_values_are_the_same_in_both_languages() => Assert.All(Language.Japanese.Sentences, pair =>
        Assert.Equal(Place().Matches(pair.Key).Select(match => match.Value).Order(), Place().Matches(pair.Value).Select(match => match.Value).Order()));

    [Fact]
    public void Of_one_English_speaks_otherwise_than_of_many()
    {
        Assert.Equal(("1 token expires", "2 tokens expire"), (Language.English["{0} tokens expire", "1"], Language.English["{0} tokens expire", "2"]));
        using var stream = typeof(Language).Assembly.GetManifestResourceStream("Patrol.Server.Web.Languages.en.json")!;
        Assert.Empty(JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!.Keys.Except(Language.Japanese.Sentences.Keys));
    }

    [Fact]
    public void A_name_turns_the_direction_of_nothing_but_itself() =>
        Assert.Equal("Renew “\u2068\u202eevil\u2069”", Language.English["Renew “{0}”", "\u202eevil"]);

    [Theory]
    [InlineData("ja", "ja")]
    [InlineData("ja-JP,ja;q=0.9,en;q=0.8", "ja")]
    [InlineData("en-GB,ja;q=0.8", "en")]
    [InlineData("de,ja;q=0.5,en;q=0.7", "en")]
    [InlineData("de", "en")]
    [InlineData("ja;q=0", "en")]
    public async Task The_browser_chooses(string accepted, string language)
    {
        using var browser = new PageClient(shared.App.Address, accepted);
        Assert.Contains($"<html lang=\"{language}\"", (await browser.Get("/users/sign_in")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_person_chooses_otherwise_and_is_brought_back()
    {
        await using var app = await PatrolApp.Start();
        using var browser = await app.Browser();
        var sent = await browser.Post("/admin/users", "/-/preferences", ("language", "ja"), ("theme", "dark"), ("return_to", "/admin/users?search=x"));
        Assert.Equal((HttpStatusCode.SeeOther, "/admin/users?search=x"), (sent.Status, sent.Location));
        var page = await browser.Get("/admin/users");
        Assert.Contains("<html lang=\"ja\" data-theme=\"dark\"", page.Text, StringComparison.Ordinal);
        Assert.Contains("ユーザー", page.Text, StringComparison.Ordinal);
        // Another browser, in which nothing is chosen, has it from the account.
        using var another = await app.Browser();
        Assert.Contains("<html lang=\"ja\"", (await another.Get("/admin/users")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_of_use_cases_are_translated_too()
    {
        const string tokens = "/-/user_settings/personal_access_tokens";
        using var browser = await shared.App.Browser(language: "ja");
        var answer = await browser.Post(tokens, tokens, ("name", new string('x', 300)), ("scopes", "api"), ("expires_at", "2027-01-01"));
        Assert.Contains("長すぎます (最大 255 文字)", answer.Text, StringComparison.Ordinal);
    }

    // The sentence as code writes it whose values are put in there: a hole for each, or a number.
    private static string WithValues(string sentence) =>
        $"\"{Regex.Replace(Regex.Escape(sentence), @"\\\{\d}", """(\{[^{}]+\}|\d+)""")}\"";

    private static IEnumerable<string> Sources(string folder) => System.IO.Directory
        .EnumerateFiles(Path.Combine(Repository.Root, folder), "*.*", SearchOption.AllDirectories)
        .Where(file => (file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal)) && !file.Contains("/obj/", StringComparison.Ordinal));

    // What is looked up by name, and whatever reads like a sentence.
    private static IEnumerable<string> Sentences()
    {
        foreach (var file in Sources("src/Patrol.Server/Web"))
        {
            var text = Comment().Replace(File.ReadAllText(file), "");
            foreach (Match match in LookedUp().Matches(text))
            {
                yield return match.Groups[1].Value;
                if (match.Groups[2].Success)
                    yield return match.Groups[2].Value;
            }
            foreach (Match match in Literal().Matches(text))
            {
                if (Sentence().IsMatch(match.Groups[1].Value))
                    yield return match.Groups[1].Value;
            }
        }
    }

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("""ords\[(?:[^\]"]*\? )?"([^"]+)"(?: : "([^"]+)")?""")]
    private static partial Regex LookedUp();

    [GeneratedRegex("""(?<!\$)"((?:[^"\\\n]|\\.)+)"(?!\])""")]
    private static partial Regex Literal();

    [GeneratedRegex("""^(?=.*[a-z]{3})(?:[A-Z“]|\{0\})[^<>=@]* [^<>=@]*[a-z.…”]$""")]
    private static partial Regex Sentence();
}
