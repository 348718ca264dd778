namespace Patrol.Tests.Kit;

/// <summary>
/// Texts that somebody has read and found good, as files below <c>Approved</c>. With <c>PATROL_APPROVE=1</c> a run writes them anew,
/// for a person to read in the diff.
/// </summary>
internal static class Approved
{
    public static void Check(string name, string text)
    {
        var file = Path.Combine(Repository.Root, "tests", "Patrol.Tests", "Approved", name);
        if (Environment.GetEnvironmentVariable("PATROL_APPROVE") == "1")
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
        Assert.True(File.Exists(file), $"{name} is not approved yet: run with PATROL_APPROVE=1 and read what comes.");
        Assert.Equal(File.ReadAllText(file), text);
    }
}
