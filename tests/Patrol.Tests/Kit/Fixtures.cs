namespace Patrol.Tests.Kit;

/// <summary>Real files of Exastro, which lie beside the repository and not in it: tests with them are skipped where they are missing.</summary>
internal static class Fixtures
{
    private static readonly string Folder = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "fixtures", "exastro"));

    public static byte[] Bytes(string file)
    {
        Assert.SkipUnless(System.IO.Directory.Exists(Folder), $"{Folder} is not there.");
        return File.ReadAllBytes(Path.Combine(Folder, file));
    }

    public static string Text(string file) => System.Text.Encoding.UTF8.GetString(Bytes(file));
}
