using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Start;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Bench;

/// <summary>
/// Fills a server with tokens of both dialects and one whose digest Jira made, and a folder with files of texts: <c>gitlab</c>,
/// <c>atlassian</c>, <c>flood</c> (wrong secrets for the number of Jira's token) and <c>garbage</c> (the same for numbers that nobody has).
/// </summary>
internal static class Dialects
{
    private const int Each = 1_000;
    private const int Wrong = 20_000;
    private const long Known = 123456789012, Unknown = 210987654321;

    public static async Task Seed(string folder, string[] options)
    {
        await using var app = PatrolServer.Build(options, configure: null);
        await PatrolServer.Prepare(app);
        var issuer = app.Services.GetRequiredService<TokenIssuer>();
        var now = app.Services.GetRequiredService<TimeProvider>().Now();
        var (gitLab, atlassian) = (new List<string>(), new List<string>());
        await app.Services.GetRequiredService<Database>().Write(async scope =>
        {
            var root = (await UserSql.Find(scope, 1))!;
            var draft = new TokenDraft("bench", null, ScopeSet.Parse(["api"]).Value, UtcDay.Of(now).AddDays(300));
            for (var number = 0; number < Each; number++)
            {
                gitLab.Add((await issuer.Issue(scope, TokenKind.Personal, root.Id, draft, now)).Text.Reveal());
                atlassian.Add((await issuer.IssueNumbered(scope, root, new UnscopedDraft("bench", now.AddDays(300)), now)).Text.Reveal());
            }
            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
            var jiras = new Token
            {
                Id = 0,
                Dialect = TokenDialect.Atlassian,
                Kind = TokenKind.Personal,
                UserId = root.Id,
                Name = "from jira",
                Scopes = ScopeSet.None,
                CreatedAt = now,
                UpdatedAt = now,
            };
            await TokenSql.InsertForeign(scope, jiras, ForeignDigest.Pkcs5S2.Read(Known, $"{{PKCS5S2}}{key}")!);
        });
        await File.WriteAllLinesAsync(Path.Combine(folder, "gitlab"), gitLab);
        await File.WriteAllLinesAsync(Path.Combine(folder, "atlassian"), atlassian);
        await File.WriteAllLinesAsync(Path.Combine(folder, "flood"), Enumerable.Range(0, Wrong).Select(_ => Invented(Known)));
        await File.WriteAllLinesAsync(Path.Combine(folder, "garbage"), Enumerable.Range(0, Wrong).Select(_ => Invented(Unknown)));
    }

    private static string Invented(long number) =>
        Convert.ToBase64String([.. Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)), (byte)':', .. RandomNumberGenerator.GetBytes(20)]);
}
