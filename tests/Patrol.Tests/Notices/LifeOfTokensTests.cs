using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Core.Tokens;
using Patrol.Server.Runs;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Notices;

/// <summary>
/// Years of tokens' lives, month ends and leap days among them, on a server whose clock is turned in any steps, that is started
/// again and has another one beside it: what arrives is compared with what a much simpler reckoning says.
/// </summary>
public sealed partial class LifeOfTokensTests
{
    private static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Frequency((6, Gen.Int[1, 30]), (2, Gen.Int[31, 200]), (1, Gen.Int[201, 24 * 50])), Gen.Enum<Deed>(), Gen.Int[0, 1_000], Gen.Int[0, 90], Gen.Int[0, 24 * 60 - 1],
        (hours, deed, which, days, minutes) => new Step(hours, deed, which, days, minutes)).Array[90];

    [Fact]
    public Task Every_owed_notice_arrives_exactly_once_whatever_the_ticks_on_one_server() => Steps.SampleAsync(async steps =>
    {
        await using var app = await PatrolApp.Start();
        await Live(app, null, steps);
    }, iter: 2, threads: 1);

    [Fact]
    public Task Every_owed_notice_arrives_exactly_once_whatever_the_ticks_and_restarts_of_two_servers() => Steps.SampleAsync(async steps =>
    {
        await using var app = await PatrolApp.Start(Engine.PostgreSql);
        await Live(app, () => PatrolApp.Start(
            $"--database={((PostgresDatabase)app.Store()).ConnectionString}", $"--secret-file={Path.Combine(app.DataFolder, "secret")}"), steps);
    }, iter: 1, threads: 1);

    private static async Task Live(PatrolApp app, Func<Task<PatrolApp>>? another, Step[] steps)
    {
        // Root's own token outlives the test.
        await app.Exec("UPDATE tokens SET expires_at = NULL");
        await app.PassTo("2027-11-20T12:00Z");
        var world = await World.Make(app);
        var other = another is null ? null : await another();
        try
        {
            foreach (var step in steps)
            {
                await world.Do(step);
                if (step.Deed == Deed.Restart && other is not null)
                {
                    await other.DisposeAsync();
                    other = await another!();
                }
                // What this moment changed, the other server would else tell with its next look.
                if (other is not null)
                    await Eventually.True(async () => (await Ends(app)).SequenceEqual(await Ends(other)), "the other server has heard");
                var now = app.Clock.GetUtcNow().AddHours(step.Hours).AddMinutes(step.Minutes % 60);
                await Task.WhenAll(app.PassTo(now), other?.PassTo(now) ?? Task.CompletedTask);
                await app.Settle();
                var mails = app.TakeMails().Concat(other?.TakeMails() ?? []).ToList();
                var (expected, overtaken) = await world.Expected();
                Assert.Equal(expected, mails.Select(mail => Read(mail, overtaken)).OfType<string>().Order(StringComparer.Ordinal));
            }
            Assert.True(world.ExpectedInAll > 50, $"Only {world.ExpectedInAll} letters were owed.");
            // Every due instant once, and nothing left over.
            Assert.Equal(0, await app.Count("SELECT count(*) FROM (SELECT job, due_at FROM runs GROUP BY job, due_at HAVING count(*) > 1) AS twice"));
            Assert.Equal(0, await app.Count("SELECT count(*) FROM runs WHERE outcome IS NULL OR outcome = 'failed'"));
        }
        finally
        {
            if (other is not null)
                await other.DisposeAsync();
        }
    }

    private static Task<SortedDictionary<DateOnly, long>> Ends(PatrolApp app) =>
        app.Services.GetRequiredService<TokenIndex>().ExpiryHistogram(new TokenFilter { Revoked = false }, app.Clock.GetUtcNow());

    /// <summary>Who, what, and which tokens, as one line; null if only overtaken ones are in it.</summary>
    private static string? Read(ReadMail mail, HashSet<string> overtaken)
    {
        var person = mail.To.Split('@')[0];
        var days = WithinDays().Match(mail.Subject) is { Success: true } match ? match.Groups["days"].Value : mail.Subject.EndsWith("have expired", StringComparison.Ordinal) ? "0" : mail.Subject;
        var tokens = Named().Matches(mail.TextBody.ReplaceLineEndings("\n")).Select(line => line.Groups["name"].Value)
            .Where(token => days == "0" || !overtaken.Contains($"{person} {token}")).Order(StringComparer.Ordinal).ToList();
        return tokens.Count == 0 ? null : $"{person} {days}: {string.Join(' ', tokens)}";
    }

    [GeneratedRegex("in (?<days>[0-9]+) days? or less")]
    private static partial Regex WithinDays();

    [GeneratedRegex("^  - (?<name>[a-z0-9-]+)", RegexOptions.Multiline)]
    private static partial Regex Named();

    private enum Deed
    {
        Nothing,
        MakeOwn,
        MakeShared,
        MakeAtlassian,
        Extend,
        Revoke,
        Block,
        Restart,
    }

    private sealed record Step(int Hours, Deed Deed, int Which, int Days, int Minutes);

    /// <summary>The same tokens, kept in the simplest way.</summary>
    private sealed class World(PatrolApp app, long[] people, string[] names, long bot)
    {
        private readonly List<Held> tokens = [];
        private readonly HashSet<string> told = [];
        private readonly HashSet<long> seen = [];
        private bool blocked;

        public int ExpectedInAll { get; private set; }

        public static async Task<World> Make(PatrolApp app)
        {
            string[] names = [DirectoryKit.Name("ann"), DirectoryKit.Name("ben"), DirectoryKit.Name("cat")];
            var people = new List<long>();
            foreach (var name in names)
                people.Add(await app.AddUser(name));
            var group = await app.AddGroup();
            var project = await app.AddProject(group);
            await app.AddMember($"groups/{group}", people[1], 50);
            await app.AddMember($"projects/{project}", people[0], 40);
            await app.AddMember($"projects/{project}", people[2], 30);
            var bot = await app.AddBotUser(isGroup: false, project);
            // As long as it has a token, the bot is kept.
            await app.AddEndingToken(bot, "keeps-the-bot", null, TokenKind.Project);
            var world = new World(app, [.. people], names, bot);
            world.seen.UnionWith(await app.Rows<long>("SELECT id FROM runs"));
            return world;
        }

        public async Task Do(Step step)
        {
            var now = app.Clock.GetUtcNow();
            var day = now.UtcDateTime.Date.AddDays(step.Days);
            switch (step.Deed)
            {
                case Deed.MakeOwn or Deed.Nothing:
                    await Make(step.Which % 3, day, TokenKind.Personal, TokenDialect.GitLab);
                    break;
                case Deed.MakeShared:
                    await Make(-1, day, TokenKind.Project, TokenDialect.GitLab);
                    break;
                case Deed.MakeAtlassian:
                    await Make(step.Which % 3, day.AddMinutes(step.Minutes), TokenKind.Personal, TokenDialect.Atlassian);
                    break;
                case Deed.Extend when tokens.FindAll(token => !token.Atlassian) is { Count: > 0 } some:
                    var longer = some[step.Which % some.Count];
                    longer.End = longer.End.AddDays(step.Days);
                    await app.Exec($"UPDATE tokens SET expires_at = {Milliseconds(longer.End)} WHERE id = {longer.Id}");
                    break;
                case Deed.Revoke when tokens.Count > 0:
                    var ended = tokens[step.Which % tokens.Count];
                    tokens.Remove(ended);
                    await app.Exec($"UPDATE tokens SET revoked_at = {now.ToUnixTimeMilliseconds()} WHERE id = {ended.Id}");
                    break;
                case Deed.Block:
                    blocked = !blocked;
                    Assert.Equal(201, (await app.Client().Post($"users/{people[2]}/{(blocked ? "block" : "unblock")}")).Status);
                    break;
            }
        }

        /// <summary>
        /// What has to have arrived, given the runs that there have been since the last time. On the day of its end a token is both
        /// near its end and over it: where both jobs are due at once, and the one that tells of the end comes first, nobody is
        /// warned of it any more. Those overtaken are left out.
        /// </summary>
        public async Task<(List<string> Letters, HashSet<string> Overtaken)> Expected()
        {
            var owed = new List<(long Run, string Person, int Days, Held Token, bool IsOver)>();
            var runs = await app.Rows<Run>($"SELECT {Run.Columns} FROM runs WHERE outcome = 'done' ORDER BY started_at, id");
            var before = runs.Concat(await app.Rows<Run>($"SELECT {Run.Columns} FROM runs WHERE outcome = 'known'")).ToLookup(run => run.Job);
            foreach (var run in runs.Where(run => seen.Add(run.Id)))
            {
                var (now, since) = (Instant(run.StartedAt), Instant(before[run.Job].Where(one => one.StartedAt < run.StartedAt).Max(one => one.StartedAt)));
                foreach (var token in tokens)
                {
                    if (Window(run.Job, token, now, since) is not { } days)
                        continue;
                    foreach (var person in token.Owner < 0 ? (int[])[0, 1] : [token.Owner])
                    {
                        if ((person != 2 || !blocked) && told.Add($"{person} {token.Id} {token.End:o} {days}"))
                            owed.Add((run.Id, names[person], days, token, token.End <= now));
                    }
                }
            }
            var over = owed.Where(one => one.Days == 0).Select(one => (one.Person, one.Token)).ToHashSet();
            var overtaken = owed.Where(one => one.Days > 0 && one.IsOver && over.Contains((one.Person, one.Token))).Select(one => $"{one.Person} {one.Token.Name}").ToHashSet(StringComparer.Ordinal);
            var letters = owed.Where(one => one.Days == 0 || !overtaken.Contains($"{one.Person} {one.Token.Name}"))
                .GroupBy(one => (one.Run, one.Person, one.Days), one => one.Token.Name)
                .Select(letter => $"{letter.Key.Person} {letter.Key.Days}: {string.Join(' ', letter.Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal).ToList();
            ExpectedInAll += letters.Count;
            return (letters, overtaken);
        }

        private static int? Window(string job, Held token, DateTime now, DateTime since)
        {
            var left = (int)(token.End.Date - now.Date).TotalDays;
            return job switch
            {
                "gitlab.expiring_tokens" when !token.Atlassian => left < 0 ? null : left <= 7 ? 7 : left <= 30 ? 30 : left <= 60 ? 60 : null,
                "gitlab.expired_tokens" when !token.Atlassian => token.End > since && token.End <= now ? 0 : null,
                "atlassian.expiry_check" when token.Atlassian => token.End > since && token.End <= now ? 0 : token.End > now && token.End <= now.AddDays(5) ? 5 : null,
                _ => null,
            };
        }

        private async Task Make(int owner, DateTime end, TokenKind kind, TokenDialect dialect)
        {
            var name = DirectoryKit.Name("token");
            var made = await app.AddEndingToken(owner < 0 ? bot : people[owner], name, $"{end:yyyy-MM-ddTHH:mm}Z", kind, dialect);
            tokens.Add(new Held { Id = made.Id, Name = name, Owner = owner, End = end, Atlassian = dialect == TokenDialect.Atlassian });
        }

        private static long Milliseconds(DateTime end) => new DateTimeOffset(end, TimeSpan.Zero).ToUnixTimeMilliseconds();

        private static DateTime Instant(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime;
    }

    private sealed class Held
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public int Owner { get; init; }
        public DateTime End { get; set; }
        public bool Atlassian { get; init; }
    }
}
