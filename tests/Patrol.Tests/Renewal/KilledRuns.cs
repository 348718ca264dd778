using Patrol.Cli.Renewal;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>
/// Every step after which a run can die, with every place that can hold a token: the process is killed, another goes on, and then
/// one token lives, it is the stored one, and nothing else of the owner's does. One class a place, so that they run side by side.
/// </summary>
public abstract class KilledRuns(PlaceKind kind)
{
    public static TheoryData<string> Steps => [.. RenewalSteps.All.Select(entry => RenewalSteps.NameOf(entry.Step))];

    [Theory, MemberData(nameof(Steps))]
    public async Task A_run_killed_after_any_step_is_gone_on_with_and_leaves_one_living_token(string step)
    {
        await using var stage = await PlanStage.Set(kind);
        var killed = await stage.Renew($"PATROL_FAILPOINT={step}");
        Assert.True(killed.ExitCode is 137 or -1, $"{killed.ExitCode}: {killed.Output}{killed.Errors}");
        // At whatever moment it died: what is stored works.
        Assert.NotNull(await stage.IdOf(await stage.Place.Read()));
        var resumed = await stage.Resume();
        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Errors);
        var stored = await stage.Place.Read();
        Assert.NotEqual(stage.First, stored);
        Assert.Equal([(await stage.IdOf(stored))!.Value], await stage.Living());
        Assert.False(Journal.Exists(stage.Journal));
        stage.Nowhere(killed, stored);
        stage.Nowhere(resumed, stored);
        // And once more there is nothing to do.
        Assert.Equal(0, (await stage.Resume()).ExitCode);
    }
}

public sealed class KilledRunsOfEnv() : KilledRuns(PlaceKind.Env);

public sealed class KilledRunsOfYaml() : KilledRuns(PlaceKind.Yaml);

public sealed class KilledRunsOfFile() : KilledRuns(PlaceKind.File);

public sealed class KilledRunsOfMariaDb() : KilledRuns(PlaceKind.MariaDb);

public sealed class KilledRunsOfMariaDbLowerCase() : KilledRuns(PlaceKind.MariaDbLowerCase);

public sealed class KilledRunsOfPostgreSql() : KilledRuns(PlaceKind.PostgreSql);

public sealed class KilledRunsOfKubernetes() : KilledRuns(PlaceKind.Kubernetes);

public sealed class KilledRunsOfGitLabVariable() : KilledRuns(PlaceKind.GitLabVariable);

public sealed class KilledRunsOfCommand() : KilledRuns(PlaceKind.Command);

public sealed class KilledRunsOfCommandThatCannotRead() : KilledRuns(PlaceKind.CommandThatCannotRead);
