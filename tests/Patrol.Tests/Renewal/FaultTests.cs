using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Renewal;

/// <summary>A GitLab 15.11 that fails in the ways in which real ones do.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("GET personal_access_tokens", 401, 4)]
    [InlineData("GET users", 403, 4)]
    [InlineData("POST personal_access_tokens", 403, 4)]
    [InlineData("POST personal_access_tokens", 400, 1)]
    [InlineData("GET personal_access_tokens", 503, 3)]
    [InlineData("POST personal_access_tokens", 502, 3)]
    public async Task A_refusal_before_anything_is_made_leaves_everything_as_it_was(string request, int status, int exitCode)
    {
        await using var stage = await FakeStage.Set();
        stage.GitLab.Fault = asked => asked == request ? status : null;
        var run = await stage.Renew();
        Assert.True(run.ExitCode == exitCode, $"{run.ExitCode}\n{run.Output}{run.Errors}");
        stage.GitLab.Fault = _ => null;
        stage.Untouched();
    }

    [Fact]
    public async Task Without_a_token_to_sign_in_with_it_says_which_variable_to_set()
    {
        await using var stage = await FakeStage.Set();
        var run = await stage.Renew([], []);
        Assert.Contains("GITLAB_TOKEN", run.Line(2), StringComparison.Ordinal);
        stage.Untouched();
    }

    [Fact]
    public async Task Nobody_listening_is_told_at_once()
    {
        await using var stage = await FakeStage.Set();
        await stage.WritePlan();
        await stage.GitLab.DisposeAsync();
        Assert.Equal(3, (await stage.Renew()).ExitCode);
    }

    [Fact]
    public async Task Short_trouble_after_the_token_is_made_is_waited_out()
    {
        await using var stage = await FakeStage.Set();
        var left = 6;
        stage.GitLab.Fault = asked => asked is "GET user" or "DELETE personal_access_tokens" && left-- > 0 ? 503 : null;
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        stage.Renewed();
    }

    [Fact]
    public async Task A_token_whose_making_was_never_answered_is_found_by_its_name_and_revoked()
    {
        await using var stage = await FakeStage.Set();
        stage.GitLab.HangsUpAfterMaking = true;
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("made before but never stored, is revoked", run.Errors, StringComparison.Ordinal);
        stage.Renewed();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_token_that_comes_to_be_after_the_answer_was_given_up_is_not_left_alive(bool late)
    {
        await using var stage = await FakeStage.Set();
        (stage.GitLab.KeepsSilentAfterMaking, stage.GitLab.MakesOneLate) = (!late, late);
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("made before but never stored, is revoked", run.Errors, StringComparison.Ordinal);
        stage.Renewed();
    }

    [Fact]
    public async Task An_old_token_that_work_still_uses_lives_until_finish()
    {
        await using var stage = await FakeStage.Set();
        var asked = 0;
        stage.GitLab.Fault = request =>
        {
            // Before a revocation the list is asked for again; just then somebody signs in who read the old token at their start.
            if (request == "GET personal_access_tokens" && stage.Held != FakeStage.Old && stage.Living.Count == 2 && ++asked == 3)
                stage.GitLab.Use(FakeStage.Old);
            return null;
        };
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("renewed, old token kept", run.Output, StringComparison.Ordinal);
        Assert.Contains("some work began before and still runs", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 renewed (old tokens kept)", run.Errors, StringComparison.Ordinal);
        Assert.Equal(2, stage.Living.Count);
        Assert.Equal(0, (await stage.Run("finish", "--journal", stage.Journal)).ExitCode);
        stage.Renewed();
    }

    public static TheoryData<string> Twists => ["owner", "scopes", "more scopes", "no expiry", "later"];

    [Theory, MemberData(nameof(Twists))]
    public async Task A_token_that_is_not_as_asked_is_never_stored_and_is_revoked(string twist)
    {
        await using var stage = await FakeStage.Set();
        stage.GitLab.Twist = token => twist switch
        {
            "owner" => token with { UserId = 8 },
            "scopes" => token with { Scopes = ["read_api"] },
            "more scopes" => token with { Scopes = ["api", "sudo"] },
            "no expiry" => token with { ExpiresOn = null },
            _ => token with { ExpiresOn = token.ExpiresOn!.Value.AddDays(1) },
        };
        stage.GitLab.Users["stranger"] = (8, "active");
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 1, $"{run.ExitCode}\n{run.Output}{run.Errors}");
        stage.Untouched();
        Assert.DoesNotContain(stage.GitLab.Living, token => token.UserId == 8);
    }

    [Fact]
    public async Task An_id_that_belongs_to_another_token_is_not_revoked_in_the_new_ones_place()
    {
        await using var stage = await FakeStage.Set();
        stage.GitLab.NamesInstead = stage.GitLab.Find(FakeGitLab.Administrator)!.Id;
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 1, run.Output + run.Errors);
        Assert.Contains("is another and is not revoked", run.Errors, StringComparison.Ordinal);
        Assert.Contains(stage.GitLab.Living, token => token.Text == FakeGitLab.Administrator);
        stage.Untouched();
    }

    [Fact]
    public async Task What_gitlab_does_not_know_is_renewed_and_nothing_is_revoked_by_guessing()
    {
        await using var stage = await FakeStage.Set();
        stage.Hold("change-this-token");
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.DoesNotContain(stage.GitLab.Requests, request => request.StartsWith("DELETE", StringComparison.Ordinal));
        Assert.Equal(new HashSet<string> { FakeStage.Old, stage.Held }, stage.Living.ToHashSet());
        Assert.Contains("other live tokens of the same owner", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_users_token_in_the_holder_is_not_touched()
    {
        await using var stage = await FakeStage.Set();
        stage.Hold(FakeGitLab.Administrator);
        Assert.Equal(1, (await stage.Renew()).ExitCode);
        Assert.Equal(FakeGitLab.Administrator, stage.Held);
        Assert.Equal([FakeStage.Old], stage.Living);
    }

    [Fact]
    public async Task A_blocked_owner_is_told_before_anything_is_made()
    {
        await using var stage = await FakeStage.Set();
        stage.GitLab.Users["me"] = (FakeStage.OwnerId, "blocked");
        Assert.Contains("is blocked", (await stage.Renew()).Line(1), StringComparison.Ordinal);
        stage.Untouched();
    }

    [Fact]
    public async Task What_somebody_writes_between_check_and_store_stays_and_the_new_token_dies()
    {
        await using var stage = await FakeStage.Set();
        await File.WriteAllTextAsync(stage.Folder["first.env"], $"TOKEN={FakeStage.Old}\n");
        stage.Holders.Insert(0, "env: {file: first.env, key: TOKEN}");
        stage.GitLab.Fault = asked =>
        {
            if (asked == "POST personal_access_tokens")
                stage.Hold("glpat-somebodyelse");
            return null;
        };
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 1, run.Output + run.Errors);
        Assert.Contains("line 1: TOKEN was changed meanwhile", run.Output, StringComparison.Ordinal);
        Assert.Equal("glpat-somebodyelse", stage.Held);
        // The holder that had the new token already has the old one again.
        Assert.Equal($"TOKEN={FakeStage.Old}\n", await File.ReadAllTextAsync(stage.Folder["first.env"]));
        Assert.Equal([FakeStage.Old], stage.Living);
        Assert.False(Cli.Renewal.Journal.Exists(stage.Journal));
    }

    [Fact]
    public async Task An_old_token_that_somebody_writes_back_is_replaced_before_it_is_revoked()
    {
        await using var stage = await FakeStage.Set();
        var asked = 0;
        stage.GitLab.Fault = request =>
        {
            // The second time is the last proof: after it, and before the revocation, comes whoever had read the row before.
            if (request == "GET user" && ++asked == 2)
                stage.Hold(FakeStage.Old);
            return null;
        };
        var run = await stage.Renew();
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("held the old token again", run.Errors, StringComparison.Ordinal);
        stage.Renewed();
    }
}
