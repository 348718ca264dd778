using System.Globalization;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Notices;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Notices;

/// <summary>What people read. The samples below <c>Approved/letters</c> are for people to read, too.</summary>
public sealed class LetterTests
{
    private const string Server = "https://patrol.example.com";

    [Theory]
    [InlineData("en")]
    [InlineData("ja")]
    public void Letters_read_as_approved(string language)
    {
        foreach (var about in Enum.GetValues<LetterAbout>())
            CheckSample(language, about, $"{about}", OwnToken(7, "laptop", "2026-12-01T00:00Z"));
        CheckSample(language, LetterAbout.Expiring, "Expiring-shared", SharedToken(8, "pipeline", "2026-12-01T00:00Z", isGroup: false), SharedToken(9, "mirror", "2026-12-02T00:00Z", isGroup: true));
        CheckSample(language, LetterAbout.Expiring, "Expiring-both", OwnToken(7, "laptop", "2026-12-01T00:00Z"), SharedToken(8, "pipeline", "2026-12-01T00:00Z", isGroup: false));
        CheckSample(language, LetterAbout.Expiring, "Expiring-atlassian", OwnToken(7, "scripts", "2026-12-01T14:05Z", TokenDialect.Atlassian));
        CheckSample(language, LetterAbout.Created, "Created-eternal", OwnToken(7, "laptop", null));
    }

    [Fact]
    public void More_than_a_hundred_tokens_are_counted_not_named()
    {
        var tokens = Enumerable.Range(1, 1_000).Select(id => new OwedToken(id, 0)).ToList();
        var body = LetterBody.Of(new Owed(Patrol.Server.Outbox.RecipientKind.Person, 1, 7, tokens));
        var letter = Letter.Write(LetterWords.For("en"), "Ann", LetterBody.FromJson(body.ToJson()), [.. body.Tokens.Select(pair => OwnToken(pair[0], $"token-{pair[0]}", "2026-12-01T00:00Z"))], Server);
        Assert.Contains("token-100 ", letter.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("token-101", letter.Text, StringComparison.Ordinal);
        Assert.Contains("and 900 more.", letter.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("\"><img src=x onerror=alert(1)>", "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;")]
    [InlineData("a\r\nBcc: everybody@example.com", "a  Bcc: everybody@example.com")]
    [InlineData("turned\u202Egnp.exe", "turned gnp.exe")]
    [InlineData("日本語 & ünï", "日本語 &amp; ünï")]
    public void Hostile_names_stay_names(string name, string html)
    {
        var body = LetterBody.Of(LetterAbout.Created, [1]);
        var letter = Letter.Write(LetterWords.For("en"), name, body, [OwnToken(1, name, "2026-12-01T00:00Z")], Server);
        Assert.Contains($"<li>{html} (expires", letter.Html, StringComparison.Ordinal);
        Assert.Contains($"<p>Hi {html},</p>", letter.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", letter.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\nBcc", letter.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(name, letter.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_name_puts_no_header_into_a_mail()
    {
        await using var app = await PatrolApp.Start();
        var user = await app.AddUser("hostile");
        await app.Exec("UPDATE users SET name = 'Eve' || char(13) || char(10) || 'Bcc: all@example.com' WHERE id = " + user.ToString(CultureInfo.InvariantCulture));
        await app.NewToken(user, new { name = "x\r\nSubject: other", scopes = (string[])["api"] });
        await app.Settle();
        var mail = Assert.Single(app.TakeMails());
        Assert.Equal("A new personal access token has been created", mail.Subject);
        Assert.Empty(mail.Whole.Bcc);
        Assert.Equal(["hostile@example.org"], mail.Whole.GetRecipients().Select(one => one.Address));
    }

    [Theory]
    [InlineData("ja", "ja")]
    [InlineData("ja_JP", "ja")]
    [InlineData("en", "en")]
    [InlineData("zh_CN", "en")]
    public void The_language_is_the_readers_or_English(string preferred, string written) => Assert.Equal(written, LetterWords.For(preferred).Code);

    [Fact]
    public async Task The_preferred_language_is_set_by_administrators_and_seen_by_oneself()
    {
        await using var app = await PatrolApp.Start();
        var root = app.Client();
        var (status, made) = await root.Post("users", new { username = "hanako", name = "花子", email = "hanako@example.org", force_random_password = true, preferred_language = "ja" });
        Assert.Equal((201, "ja"), (status, made.GetProperty("preferred_language").GetString()));
        Assert.Equal(200, (await root.Put($"users/{made.Id()}", new { preferred_language = "pt_BR" })).Status);
        Assert.Equal("pt_BR", (await (await app.As(made.Id())).Get("user")).Body.GetProperty("preferred_language").GetString());
        foreach (var wrong in (string[])["japanese", "JA", "ja-JP", ""])
            Assert.Equal(400, (await root.Put($"users/{made.Id()}", new { preferred_language = wrong })).Status);
    }

    private static void CheckSample(string language, LetterAbout about, string name, params OwnedToken[] tokens)
    {
        var body = new LetterBody(about, about == LetterAbout.Expiring ? 7 : 0, tokens.Length, [.. tokens.Select(token => (long[])[token.Token.Id, 0])]);
        var letter = Letter.Write(LetterWords.For(language), language == "ja" ? "山田 花子" : "Ann Example", body, tokens, Server);
        Approved.Check($"letters/{name}.{language}.txt", $"Subject: {letter.Subject}\n\n{letter.Text}");
        Approved.Check($"letters/{name}.{language}.html", letter.Html);
        Assert.All(tokens, token => Assert.Contains(token.Token.Name, letter.Text, StringComparison.Ordinal));
    }

    private static OwnedToken OwnToken(long id, string name, string? ends, TokenDialect dialect = TokenDialect.GitLab) => new(
        new Token
        {
            Id = id,
            Dialect = dialect,
            Kind = TokenKind.Personal,
            UserId = 1,
            Name = name,
            Scopes = ScopeSet.FromStored("api"),
            CreatedAt = NightKit.At("2026-11-01T00:00Z"),
            UpdatedAt = NightKit.At("2026-11-01T00:00Z"),
            ExpiresAt = ends is null ? null : NightKit.At(ends),
        },
        new User { Id = 1, Username = "ann", Name = "Ann Example" }, null);

    private static OwnedToken SharedToken(long id, string name, string ends, bool isGroup)
    {
        var own = OwnToken(id, name, ends);
        return own with { Token = own.Token with { Kind = isGroup ? TokenKind.Group : TokenKind.Project, Bot = new BotPlace(isGroup, 5, 40) }, ResourcePath = isGroup ? "acme" : "acme/shop" };
    }
}
