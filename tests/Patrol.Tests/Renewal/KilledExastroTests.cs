using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>The whole procedure, killed after each step of the root token's and of the organizations' renewal.</summary>
public sealed class KilledExastroTests
{
    public static TheoryData<string> Steps => KilledRuns.Steps;

    [Theory, MemberData(nameof(Steps))]
    public async Task The_whole_procedure_killed_anywhere_ends_with_one_token_for_each(string step)
    {
        await using var stage = await ExastroStage.Set();
        string[] keys = [await stage.Add("org-1"), await stage.Add("org-2")];
        var killed = await stage.Renew([$"PATROL_FAILPOINT={step}"], "--root", "--env", stage.Env, "--all");
        Assert.NotInRange(killed.ExitCode, 0, 4);
        var resumed = await stage.Resume();
        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Errors);
        Assert.NotEqual(stage.AdministratorToken, stage.RootInEnv());
        await stage.OnlyLives(stage.Administrator, stage.RootInEnv());
        foreach (var key in keys)
            await stage.OnlyLives((await stage.Row(key, "GITLAB_USER"))!, await stage.Row(key));
        stage.Nowhere(killed, stage.Env);
        stage.Nowhere(resumed, stage.Env);
    }
}
