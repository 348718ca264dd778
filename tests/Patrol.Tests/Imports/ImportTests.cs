using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Imports;
using Patrol.Server.Storage;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Imports;

/// <summary>People's tokens from Jira, Confluence and GitLab go on working.</summary>
public sealed class ImportTests
{
    [Theory, ClassData(typeof(Engines))]
    public async Task A_token_of_Confluences_works_after_the_import_and_with_the_first_use_ours_replaces_its_digest(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        await app.AddPerson("mia", "mias own password");
        var report = await Import(app, new AtlassianTable(new Dictionary<string, string> { ["JIRAUSER10100"] = "mia" }), $"""
            {ForeignSystem.AtlassianHeader}
            from confluence,{ForeignSystem.PublishedId},{ForeignSystem.PublishedHash},JIRAUSER10100,2026-01-15 10:30:00.5,9999-12-31 00:00:00,2026-11-01 00:00:00+01
            """);
        Assert.Equal((1, 0, 0), (report.Taken, report.AlreadyHere, report.NotTaken.Count));
        var (_, list) = await app.Basic("mia", "mias own password").Get(AtlassianKit.Tokens);
        Assert.Equal(
            ("from confluence", "2026-01-15T10:30:00.500Z", "9999-12-31T00:00:00.000Z", "2026-10-31T23:00:00.000Z"),
            (list[0].GetProperty("name").GetString(), list[0].GetProperty("createdAt").GetString(), list[0].GetProperty("expiringAt").GetString(), list[0].GetProperty("lastAccessedAt").GetString()));
        Assert.Equal(1, await app.Count("SELECT count(*) FROM tokens WHERE given = 2"));

        // All connections of a busy client at once.
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => app.Bearer(ForeignSystem.PublishedToken).Ask("api/2/myself")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal("mia", answers[0].Json.GetProperty("name").GetString());
        Assert.Equal(0, await app.Count("SELECT count(*) FROM tokens WHERE given = 2"));
        Assert.Equal(1, await app.Count("SELECT count(*) FROM tokens WHERE given = 1 AND dialect = 1"));
        Assert.Equal(204, (await Door(app, ForeignSystem.PublishedToken).Ask("/auth/verify")).Status);
        Assert.Equal(200, (await Door(app, ForeignSystem.PublishedToken).Ask("/api/v4/user")).Status);
        await app.Basic("mia", "mias own password").Delete($"{AtlassianKit.Tokens}/{list[0].Id()}");
        (await app.Bearer(ForeignSystem.PublishedToken).Ask("api/2/myself")).AssertError(401);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_token_of_GitLabs_works_after_the_import_with_its_scopes(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        await app.AddUser("mia");
        string[] texts = ["glpat-1234567890abcdefghij", "glpat-revoked-1234567890ab", "glpat-expired-1234567890ab"];
        var table = new GitLabTable(new Dictionary<string, string> { ["7"] = "mia" }, [System.Text.Encoding.UTF8.GetBytes(ForeignSystem.DbKeyBase[..32])]);
        var csv = $"""
            {ForeignSystem.GitLabHeader}
            1,7,ci,f,2027-03-01,2026-01-01 00:00:00,2026-01-02 00:00:00,"---
            - :read_api
            - :write_repository
            ",f,{ForeignSystem.GitLabDigest(texts[0])},
            2,7,revoked,t,,2026-01-01 00:00:00,2026-01-02 00:00:00,{"\"{api}\""},f,{ForeignSystem.GitLabDigest(texts[1])},
            3,7,expired,f,2026-11-22,2026-01-01 00:00:00,2026-01-02 00:00:00,api,t,{ForeignSystem.GitLabDigest(texts[2])},2026-05-05 05:05:05.123456
            """;
        var report = await Import(app, table, csv);
        Assert.Equal([], report.NotTaken);
        Assert.Equal(3, report.Taken);
        var good = await Door(app, texts[0]).Ask("/auth/verify");
        Assert.Equal((204, "mia", "read_api write_repository", "2027-03-01"), (good.Status, good.Header("X-Patrol-User"), good.Header("X-Patrol-Scopes"), good.Header("X-Patrol-Expires-At")));
        Assert.Equal("token_revoked", (await Door(app, texts[1]).Ask("/auth/verify")).Header("X-Patrol-Reason"));
        Assert.Equal("token_expired", (await Door(app, texts[2]).Ask("/auth/verify")).Header("X-Patrol-Reason"));
        Assert.Equal("token_unknown", (await Door(app, "glpat-nobodys-1234567890ab").Ask("/auth/verify")).Header("X-Patrol-Reason"));
        Assert.Equal(0, await app.Count("SELECT count(*) FROM tokens WHERE given = 2"));
        // The key lies sealed in the database.
        var (_, sealedKey) = (0, await app.Services.GetRequiredService<Database>().Read(connection => connection.QuerySingleAsync<byte[]>("SELECT sealed FROM import_keys")));
        Assert.True(sealedKey.AsSpan().IndexOf(table.Keys[0]) < 0);
        Assert.Equal((0, 3), ((await Import(app, table, csv)).Taken, (await Import(app, table, csv)).AlreadyHere));
        Assert.Equal(1, await app.Count("SELECT count(*) FROM import_keys"));
    }

    [Fact]
    public async Task Importing_again_changes_nothing_whatever_became_of_the_tokens()
    {
        await using var app = await PatrolApp.Start();
        var (used, hash) = ForeignSystem.NewJiraToken(123456789012);
        var (_, revoked) = ForeignSystem.NewJiraToken(123456789013);
        var csv = $"""
            {ForeignSystem.AtlassianHeader},USERNAME
            used,123456789012,{hash},k,2026-01-01 00:00:00,2027-01-01 00:00:00,,root
            deleted,123456789013,{revoked},k,2026-01-01 00:00:00,2027-01-01 00:00:00,,root
            used,123456789012,{hash},k,2026-01-01 00:00:00,2027-01-01 00:00:00,,root
            """;
        var first = await Import(app, new AtlassianTable(null), csv);
        Assert.Equal((2, 1), (first.Taken, first.AlreadyHere));
        Assert.Equal(200, (await app.Bearer(used).Ask("api/2/myself")).Status);
        await app.Store().Write(scope => (Task)scope.Execute("DELETE FROM tokens WHERE name = 'deleted'"));
        var again = await Import(app, new AtlassianTable(null), csv);
        Assert.Equal((0, 3), (again.Taken, again.AlreadyHere));
        Assert.Equal(1, await app.Count("SELECT count(*) FROM tokens WHERE dialect = 1"));
        Assert.Equal(200, (await app.Bearer(used).Ask("api/2/myself")).Status);
    }

    [Fact]
    public async Task What_is_not_taken_is_told_with_its_line_and_the_reason()
    {
        await using var app = await PatrolApp.Start();
        const string dates = "2026-01-01 00:00:00,2027-01-01 00:00:00,";
        var report = await Import(app, new AtlassianTable(new Dictionary<string, string> { ["known"] = "nobody", ["roots"] = "root" }), $"""
            {ForeignSystem.AtlassianHeader}
            nobody,1,{ForeignSystem.PublishedHash},known,{dates}
            "two
            lines",2,{ForeignSystem.PublishedHash},unknown,{dates}
            hash,3,sha256:nonsense,roots,{dates}
            number,x,{ForeignSystem.PublishedHash},roots,{dates}
            date,5,{ForeignSystem.PublishedHash},roots,yesterday,2027-01-01,
            either,5,{ForeignSystem.PublishedHash},roots,01/02/2026,2027-01-01,
            no end,6,{ForeignSystem.PublishedHash},roots,2026-01-01 00:00:00,,
            "{new string('x', 256)}",7,{ForeignSystem.PublishedHash},roots,{dates}
            good,8,{ForeignSystem.PublishedHash},roots,{dates}
            """);
        Assert.Equal(1, report.Taken);
        Assert.Equal(
        [
            "2 there is no user nobody here", "3 --users does not say who USER_KEY unknown is", "5 HASHED_TOKEN is not {PKCS5S2} with 48 bytes in base64",
            "6 TOKEN_ID is not a number", "7 CREATED_AT is not a date such as 2026-11-30 12:00:00: 'yesterday'", "8 CREATED_AT is not a date such as 2026-11-30 12:00:00: '01/02/2026'",
            "9 EXPIRING_AT is empty", "10 the name is longer than 255 characters",
        ], report.NotTaken.Select(row => $"{row.Line} {row.Why}"));
    }

    [Theory]
    [InlineData("iso-8859-1")]
    [InlineData("shift_jis")]
    public async Task A_file_in_another_encoding_is_refused_rather_than_taken_with_broken_names(string encoding)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["table.csv"], $"{ForeignSystem.AtlassianHeader}\n{(encoding == "shift_jis" ? "日本" : "café")},1,x,y,2026-01-01,,\n", Encoding.GetEncoding(encoding));
        var fault = Assert.Throws<UnreadableFileException>(() => CsvTable.Read(folder["table.csv"], "NAME").ToList());
        Assert.EndsWith("is not written in UTF-8; export it so, or convert it with iconv.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_begins_with_a_byte_order_mark_is_read_by_it()
    {
        foreach (var encoding in (Encoding[])[new UTF8Encoding(true), Encoding.Unicode])
        {
            using var folder = new TemporaryFolder();
            await File.WriteAllTextAsync(folder["table.csv"], "\"NAME\",\"TOKEN_ID\"\r\n\"日本, \"\"two\r\nlines\"\"\",1\r\n", encoding);
            Assert.Equal("日本, \"two\r\nlines\"", Assert.Single(CsvTable.Read(folder["table.csv"], "NAME")).Get("NAME"));
        }
    }

    [Fact]
    public async Task A_flood_of_wrong_secrets_for_a_known_id_waits_in_line_or_is_told_to_come_back_and_the_right_one_still_works()
    {
        await using var app = await PatrolApp.Start();
        var (text, hash) = ForeignSystem.NewJiraToken(123456789012);
        await Import(app, new AtlassianTable(null), $"{ForeignSystem.AtlassianHeader},USERNAME\nx,123456789012,{hash},k,2026-01-01,2027-01-01,,root");
        var wrong = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ =>
            Door(app, ForeignSystem.WithSecret(123456789012, RandomNumberGenerator.GetBytes(20))).Ask("/auth/verify")));
        Assert.All(wrong, answer => Assert.True(answer.Status == 401 || (answer.Status == 503 && answer.Header("Retry-After") is not null), answer.ToString()));
        Assert.Contains(wrong, answer => answer.Status == 401);
        Assert.Contains(wrong, answer => answer.Status == 503);
        Assert.Equal(204, (await Door(app, text).Ask("/auth/verify")).Status);
    }

    private static async Task<ImportReport> Import(PatrolApp app, ImportedTable table, string csv)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["table.csv"], csv);
        return await app.Services.GetRequiredService<ImportTokens>().Handle(CsvTable.Read(folder["table.csv"], table.Columns).ToList(), table, app.Clock.GetUtcNow());
    }

    private static HttpClient Door(PatrolApp app, string token)
    {
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
