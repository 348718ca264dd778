using System.Text.RegularExpressions;
using System.Xml.Linq;
using Patrol.AspNetCore;
using Patrol.Core.Tokens;
using Patrol.Server.Start;
using Patrol.Tests.Kit;

namespace Patrol.Tests.House;

/// <summary>Names, sizes, and documents that have to keep up with the code.</summary>
public sealed partial class StyleTests
{
    private const int MostLines = 250;

    // Files that may be longer, each with its reason.
    private static readonly Dictionary<string, string> LongFiles = new(StringComparer.Ordinal);

    [Fact]
    public void No_type_is_called_by_a_word_that_says_nothing()
    {
        var types = typeof(PatrolServer).Assembly.GetTypes().Concat(typeof(PatrolVerifier).Assembly.GetTypes()).Concat(typeof(Secret).Assembly.GetTypes()).Concat(typeof(StyleTests).Assembly.GetTypes());
        // A service account is a kind of user.
        Assert.DoesNotContain(types, type =>
            type.Namespace?.StartsWith("Patrol", StringComparison.Ordinal) == true && EmptyWord().IsMatch(type.Name.Replace("ServiceAccount", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_has_one_subject_and_so_at_most_250_lines()
    {
        var longOnes = Repository.CSharpFiles("src").Concat(Repository.CSharpFiles("tests"))
            .Where(file => Repository.Read(file).Count(character => character == '\n') > MostLines).ToList();
        Assert.Equal([], longOnes.Except(LongFiles.Keys));
        Assert.Equal([], LongFiles.Keys.Except(longOnes));
    }

    [Fact]
    public void The_program_is_composition_of_less_than_80_lines() =>
        Assert.True(Repository.Read("src/Patrol.Server/Program.cs").Split('\n').Length < 80);

    [Fact]
    public void Every_package_has_a_line_that_says_why_and_no_line_outlives_its_package()
    {
        var packages = XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value);
        var reasons = PackageLine().Matches(Repository.Read("docs/decisions/0002-dependencies.md")).Select(match => match.Groups["package"].Value);
        Assert.Equal(packages.Order(StringComparer.OrdinalIgnoreCase), reasons.Order(StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Comments_say_why_and_nothing_is_commented_out()
    {
        var hidden = Repository.CSharpFiles("src").Concat(Repository.CSharpFiles("tests"))
            .Where(file => CommentedOut().IsMatch(Repository.Read(file)) || Region().IsMatch(Repository.Read(file)));
        Assert.Equal([], hidden);
    }

    [GeneratedRegex(@"(Service|Manager|Helper|Utils?|Utilities|Common|Base)(?![a-z])", RegexOptions.ExplicitCapture)]
    private static partial Regex EmptyWord();

    [GeneratedRegex(@"^\| `(?<package>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex PackageLine();

    [GeneratedRegex(@"^\s*//(?!/).*;\s*$", RegexOptions.Multiline)]
    private static partial Regex CommentedOut();

    [GeneratedRegex(@"^\s*#region", RegexOptions.Multiline)]
    private static partial Regex Region();
}
