using Microsoft.Extensions.DependencyInjection;
using Patrol.Server.Settings;
using Patrol.Server.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Settings;

/// <summary>The fourteen properties: names and defaults as documented, from the command line, appsettings.json and the settings API.</summary>
public sealed class AtlassianPropertiesTests
{
    // Atlassian's page, and another value for each.
    private static readonly (string Name, string Default, string Other, bool AtStartOnly)[] Documented =
    [
        ("atlassian.pats.enabled", "true", "false", false),
        ("atlassian.pats.eternal.tokens.enabled", "true", "false", false),
        ("atlassian.pats.mail.notifications.enabled", "true", "false", false),
        ("atlassian.pats.last.used.update.interval.mins", "1", "2", false),
        ("atlassian.pats.pruning.schedule.cron", "0 0 0 * * ?", "0 0 1 * * ?", true),
        ("atlassian.pats.pruning.delay.days", "30", "31", false),
        ("atlassian.pats.max.tokens.expiry.days", "365", "366", false),
        ("atlassian.pats.max.tokens.per.user", "10", "11", false),
        ("atlassian.pats.auth.cache.expiry.mins", "60", "61", false),
        ("atlassian.pats.auth.cache.max.items", "5000", "5001", true),
        ("atlassian.pats.expiry.check.schedule.cron", "0 0 * * * ?", "0 30 * * * ?", true),
        ("atlassian.pats.expiry.warning.days", "5", "6", false),
        ("atlassian.pats.invalidate.session.enabled", "true", "false", false),
        ("atlassian.pats.token.name.length", "40", "41", false),
    ];

    [Fact]
    public async Task Names_and_defaults_are_those_of_Atlassians_page()
    {
        await using var app = await PatrolApp.Start();
        Assert.Equal(Documented.Select(one => (one.Name, one.Default)), AtlassianProperty.All.Select(property => (property.Name, Shown(app, property))));
        var (_, settings) = await app.Client().Get("application/settings");
        Assert.All(Documented, one => Assert.Equal(one.Default, settings.GetProperty(one.Name).ToString(), ignoreCase: true));
    }

    [Fact]
    public async Task The_command_line_sets_each_of_them()
    {
        await using var app = await PatrolApp.Start([.. Documented.Select(one => $"-D{one.Name}={one.Other}")]);
        Assert.Equal(Documented.Select(one => one.Other), AtlassianProperty.All.Select(property => Shown(app, property)));
    }

    [Fact]
    public async Task A_schedule_may_be_quoted()
    {
        await using var app = await PatrolApp.Start("-Datlassian.pats.pruning.schedule.cron='0 0 3 * * ?'");
        Assert.Equal("0 0 3 * * ?", Current(app).PruningSchedule.Text);
    }

    [Theory]
    [InlineData("""{"Patrol": {"atlassian.pats.max.tokens.per.user": 3, "atlassian.pats.enabled": false}}""")]
    [InlineData("""{"Patrol": {"atlassian": {"pats": {"max.tokens.per.user": "3", "enabled": "false"}}}}""")]
    [InlineData("""{"Patrol": {"Atlassian": {"pats": {"max": {"tokens": {"per": {"user": 3}}}, "enabled": false}}}}""")]
    public async Task The_settings_file_sets_them_and_the_command_line_wins(string file)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["appsettings.json"], file);
        await using var server = await ServerProcess.Start(
            folder.Path, ["-Datlassian.pats.token.name.length=7", "-Datlassian.pats.enabled=true"], $"PATROL_ROOT_TOKEN={PatrolApp.RootToken}");
        var (_, settings) = await server.Client(PatrolApp.RootToken).Get("application/settings");
        Assert.Equal(3, settings.GetProperty("atlassian.pats.max.tokens.per.user").GetInt32());
        Assert.Equal(7, settings.GetProperty("atlassian.pats.token.name.length").GetInt32());
        Assert.True(settings.GetProperty("atlassian.pats.enabled").GetBoolean());
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task An_administrator_changes_what_can_change_while_it_runs_and_it_stays_so(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine, "-Datlassian.pats.max.tokens.per.user=3");
        foreach (var (name, _, other, atStartOnly) in Documented)
        {
            var body = new Dictionary<string, string> { [name] = other };
            var (status, settings) = await app.Client().Put("application/settings", body);
            if (atStartOnly)
                Assert.Equal($$$"""400 {"message":{"{{{name}}}":["can only be set at the start of the server"]}}""", (status, settings).Message());
            else
                Assert.Equal(other, settings.GetProperty(name).ToString(), ignoreCase: true);
        }
        await app.Services.GetRequiredService<SettingsStore>().Load();
        Assert.Equal(11, Current(app).MaxTokensPerUser);
        Assert.False(Current(app).Enabled);
        // Null: again as at the start. And as other settings are written.
        var (_, back) = await app.Client().Put("application/settings", new { atlassian_pats_max_tokens_per_user = (int?)null });
        Assert.Equal(3, back.GetProperty("atlassian.pats.max.tokens.per.user").GetInt32());
    }

    [Theory]
    [InlineData("atlassian.pats.enabled", "perhaps", "must be true or false")]
    [InlineData("atlassian.pats.max.tokens.per.user", "-1", "must be a whole number from 0 to 100000000")]
    [InlineData("atlassian.pats.token.name.length", "0", "must be a whole number from 1 to 255")]
    [InlineData("atlassian.pats.max.tokens.expiry.days", "", "must be a whole number from 1 to 1000000")]
    public async Task A_value_that_cannot_be_is_refused_and_changes_nothing(string name, string value, string why)
    {
        await using var app = await PatrolApp.Start();
        var answer = await app.Client().Put("application/settings", new Dictionary<string, string> { [name] = value });
        Assert.Equal($$$"""400 {"message":{"{{{name}}}":["{{{why}}}"]}}""", answer.Message());
        Assert.Equal(new AtlassianProperties(), Current(app));
    }

    [Fact]
    public async Task With_the_longest_delay_nothing_is_pruned()
    {
        await using var app = await PatrolApp.Start("-Datlassian.pats.pruning.delay.days=1000000");
        var now = app.Clock.GetUtcNow();
        Assert.Equal(0, await app.Services.GetRequiredService<PruneTokens>().Handle(now, told: now, CancellationToken.None));
    }

    private static AtlassianProperties Current(PatrolApp app) => app.Services.GetRequiredService<SettingsStore>().Current.Atlassian;

    private static string Shown(PatrolApp app, AtlassianProperty property) => property.Get(Current(app)) is bool flag ? flag ? "true" : "false" : $"{property.Get(Current(app))}";
}
